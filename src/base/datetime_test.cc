#include "base/datetime.h"

#include <gtest/gtest.h>

#include "base/civil.h"

namespace allod {
namespace {

std::string Name(std::string_view zone) {
  Result<std::shared_ptr<const TimeZone>> r = TimeZone::Load(zone);
  return r.ok() ? std::string((*r)->name()) : r.status().error().sqlstate + " " + r.status().error().message;
}

TEST(TimeZoneTest, NamesAsSetTimeZoneTakesThem) {
  EXPECT_EQ(Name("UTC"), "UTC");
  EXPECT_EQ(Name("utc"), "UTC");
  EXPECT_EQ(Name("europe/berlin"), "Europe/Berlin");
  EXPECT_EQ(Name("+2"), "<+02>-02");
  EXPECT_EQ(Name("5.5"), "<+05:30>-05:30");
  EXPECT_EQ(Name("-5.5"), "<-05:30>+05:30");
  EXPECT_EQ(Name("<+03>-03"), "<+03>-03");
  EXPECT_EQ(Name("UTC+3"), "UTC+3");
  for (std::string_view bad : {"", "Nowhere/X", "PST", "200", " UTC", "../../etc/passwd", "/etc/passwd", "Europe",
                               "Europe/", "Fixed/UTC+01:00:00", "file:x"}) {
    EXPECT_EQ(Name(bad), "22023 invalid value for parameter \"TimeZone\": \"" + std::string(bad) + "\"");
  }
}

TEST(TimeZoneTest, OffsetsOfExpressions) {
  // AT TIME ZONE takes abbreviations, and reads a bare offset as POSIX does: positive is west.
  auto offset = [](std::string_view zone) { return (*TimeZone::ForExpression(zone))->OffsetAt(0); };
  EXPECT_EQ(offset("EST"), -5 * 3600);
  EXPECT_EQ(offset("cest"), 2 * 3600);
  EXPECT_EQ(offset("+3"), -3 * 3600);
  EXPECT_EQ(offset("Asia/Kolkata"), 19800);
  EXPECT_EQ(TimeZone::ForExpression("zz").status().error().message, "time zone \"zz\" not recognized");
}

TEST(TimeZoneTest, GapsAndOverlaps) {
  auto zone = *TimeZone::Load("Europe/Berlin");
  FormatContext utc;
  auto instant = [&](std::string_view local) {
    std::string out;
    AppendTimestamp(zone->ToInstant(*ParseTimestamp(local, -1, utc)), utc, &out);
    return out;
  };
  EXPECT_EQ(instant("2024-03-31 02:30:00.5"), "2024-03-31 01:30:00.5");  // does not exist: moved forward
  EXPECT_EQ(instant("2024-10-27 02:30:00"), "2024-10-27 01:30:00");      // twice: the second
  EXPECT_EQ(instant("2024-07-01 12:00:00"), "2024-07-01 10:00:00");
}

TEST(TimeZoneTest, AbbreviationsAndFarAwayTimes) {
  auto zone = *TimeZone::Load("America/New_York");
  std::string abbreviation;
  EXPECT_EQ(zone->OffsetAt(DaysFromCivil(2024, 7, 1) * kUsPerDay, &abbreviation), -4 * 3600);
  EXPECT_EQ(abbreviation, "EDT");
  EXPECT_EQ(zone->OffsetAt(kEndTimestamp - 1, &abbreviation), -5 * 3600);
  EXPECT_EQ(zone->OffsetAt(kMinTimestamp, &abbreviation), -17762);
  EXPECT_EQ(abbreviation, "LMT");
}

TEST(TimeZoneTest, FixedOffsets) {
  EXPECT_EQ((*TimeZone::Fixed(9000))->name(), "<+02:30>-02:30");
  EXPECT_EQ((*TimeZone::Fixed(-9000))->OffsetAt(0), -9000);
  EXPECT_FALSE(TimeZone::Fixed(int64_t{1} << 40).ok());
}

}  // namespace
}  // namespace allod
