#include "base/civil.h"

#include <gtest/gtest.h>

namespace allod {
namespace {

std::string Show(const Status& status) { return status.error().sqlstate + " " + status.error().message; }
FormatContext InZone(std::string_view zone) {
  FormatContext c;
  c.zone = *TimeZone::Load(zone);
  return c;
}
std::string ShowTimestamp(const Result<int64_t>& t) {
  if (!t.ok()) return Show(t.status());
  std::string out;
  AppendTimestamp(*t, FormatContext(), &out);
  return out;
}
std::string ShowTimestamptz(const Result<int64_t>& t, const FormatContext& context) {
  if (!t.ok()) return Show(t.status());
  std::string out;
  AppendTimestamptz(*t, context, &out);
  return out;
}
std::string ShowInterval(const Result<Interval>& i) {
  if (!i.ok()) return Show(i.status());
  std::string out;
  AppendInterval(*i, IntervalStyle::kPostgres, &out);
  return out;
}
int64_t T(std::string_view text) { return *ParseTimestamp(text, -1, FormatContext()); }
Interval I(std::string_view text) { return *ParseInterval(text, -1, FormatContext()); }

TEST(CivilTest, DaysRoundTripOverTheWholeCalendar) {
  EXPECT_EQ(DaysFromCivil(2000, 1, 1), 0);
  EXPECT_EQ(DaysFromCivil(1970, 1, 1), -10957);
  EXPECT_EQ(DaysFromCivil(-4713, 11, 24), kMinDate);
  EXPECT_EQ(DaysFromCivil(5874898, 1, 1), kEndDate);
  for (int64_t days = kMinDate; days < kEndDate; days += 9973) {
    int32_t y = 0, m = 0, d = 0;
    CivilFromDays(static_cast<int32_t>(days), &y, &m, &d);
    ASSERT_GE(m, 1);
    ASSERT_LE(m, 12);
    ASSERT_GE(d, 1);
    ASSERT_LE(d, DaysInMonth(y, m));
    ASSERT_EQ(DaysFromCivil(y, m, d), days);
  }
}

TEST(CivilTest, WeeksAndDays) {
  EXPECT_EQ(DayOfWeek(DaysFromCivil(2024, 2, 29)), 4);
  EXPECT_EQ(DayOfWeek(DaysFromCivil(-43, 3, 15)), 5);
  EXPECT_EQ(DayOfYear(DaysFromCivil(2024, 12, 31)), 366);
  int32_t year = 0, week = 0;
  IsoWeek(DaysFromCivil(2021, 1, 3), &year, &week);
  EXPECT_EQ(year, 2020);
  EXPECT_EQ(week, 53);
  IsoWeek(DaysFromCivil(2018, 12, 31), &year, &week);
  EXPECT_EQ(year, 2019);
  EXPECT_EQ(week, 1);
}

TEST(CivilTest, MakeRefusesWhatDoesNotExist) {
  EXPECT_EQ(*MakeDate(2024, 2, 29), DaysFromCivil(2024, 2, 29));
  EXPECT_EQ(*MakeDate(-44, 3, 15), DaysFromCivil(-43, 3, 15));
  EXPECT_EQ(Show(MakeDate(2023, 2, 29).status()), "22008 date field value out of range: 2023-02-29");
  EXPECT_EQ(Show(MakeDate(0, 1, 1).status()), "22008 date field value out of range: 0-01-01");
  EXPECT_EQ(Show(MakeDate(5874898, 12, 31).status()), "22008 date out of range: 5874898-12-31");
  EXPECT_EQ(*MakeTime(24, 0, 0), kUsPerDay);
  EXPECT_EQ(Show(MakeTime(25, 1, 1.5).status()), "22008 time field value out of range: 25:01:1.5");
  EXPECT_EQ(ShowTimestamp(MakeTimestamp(2024, 2, 29, 12, 30, 1.25)), "2024-02-29 12:30:01.25");
}

// The answers in the tables below are PostgreSQL 15's.
struct Sum {
  const char *op, *timestamp, *interval, *want;
};
constexpr Sum kSums[] = {
    {"pl", "4714-11-24 00:00:00 BC", "-1 years 0 mons -42 days 46:37:13.5", "22008 timestamp out of range"},
    {"pl", "9656-10-28 13:25:33", "3 years 0 mons -30 days -13:9:57.123456", "9659-09-28 00:15:35.876544"},
    {"mi", "2024-08-31 12:34:56.789", "0 years 0 mons -20 days 60:15:16.5", "2024-09-18 00:19:40.289"},
    {"mi", "2024-08-31 12:34:56.789", "0 years -1 mons -4 days -25:30:32", "2024-10-05 14:05:28.789"},
    {"mi", "2024-01-31 12:34:56.789", "4 years 0 mons 0 days -60:10:43.123456", "2020-02-03 00:45:39.912456"},
    {"mi", "2024-03-10 06:30", "1 years 0 mons 26 days 56:49:1.123456", "2023-02-09 21:40:58.876544"},
    {"pl", "4714-11-24 00:00:00 BC", "0 years 8 mons 0 days 7:20:40", "4713-07-24 07:20:40 BC"},
    {"mi", "2024-01-31 12:34:56.789", "0 years 0 mons 0 days -3:35:11.123456", "2024-01-31 16:10:07.912456"},
    {"pl", "2024-01-31 00:00:00", "0 years -14 mons 0 days -7:14:9.5", "2022-11-29 16:45:50.5"},
    {"mi", "294276-12-31 23:59:59", "0 years 0 mons 13 days -28:21:23.5", "294276-12-20 04:21:22.5"},
    {"pl", "2015-05-28 06:47:07.123456", "-3 years 0 mons -32 days 29:32:58.123456", "2012-04-27 12:20:05.246912"},
    {"pl", "1994-01-23 14:20:37", "-5 years 10 mons -28 days 9:59:51.5", "1989-10-27 00:20:28.5"},
    {"mi", "7936-08-22 20:04:55", "0 years 0 mons 37 days 51:15:28.5", "7936-07-14 16:49:26.5"},
    {"pl", "2983-11-17 15:01:42.123456", "3 years 0 mons 21 days -2:23:21", "2986-12-08 12:38:21.123456"},
    {"pl", "8405-10-17 17:58:59.123456", "0 years 0 mons 33 days -40:8:52.123456", "8405-11-18 01:50:07"},
    {"mi", "2020-05-28 07:12:27", "-2 years -8 mons 46 days -47:45:40.5", "2022-12-15 06:58:07.5"},
    {"pl", "1972-09-01 22:51:57.5", "-2 years 0 mons -35 days -48:8:35", "1970-07-26 22:43:22.5"},
    {"mi", "2023-12-31 12:34:56.789", "0 years 5 mons 0 days -30:59:30.123456", "2023-08-01 19:34:26.912456"},
    {"mi", "2024-01-31 00:00:00", "0 years -1 mons 0 days -35:36:25", "2024-03-01 11:36:25"},
    {"pl", "2024-01-31 00:00:00", "2 years 0 mons -38 days 32:42:11", "2025-12-25 08:42:11"},
    {"mi", "1950-12-28 13:04:21.5", "0 years 8 mons 0 days 53:9:14", "1950-04-26 07:55:07.5"},
    {"pl", "9004-04-28 05:05:46.123456", "-2 years 0 mons -14 days -28:34:44.123456", "9002-04-13 00:31:02"},
    {"mi", "1965-12-01 16:17:09.5", "0 years 0 mons 32 days 57:6:23.5", "1965-10-28 07:10:46"},
    {"pl", "1967-03-28 00:08:08.123456", "5 years 0 mons 0 days -35:41:24", "1972-03-26 12:26:44.123456"},
};

TEST(CivilTest, TimestampAndInterval) {
  for (const Sum& s : kSums) {
    auto f = std::string_view(s.op) == "pl" ? AddToTimestamp : SubtractFromTimestamp;
    EXPECT_EQ(ShowTimestamp(f(T(s.timestamp), I(s.interval))), s.want)
        << s.timestamp << " " << s.op << " " << s.interval;
  }
  EXPECT_EQ(ShowTimestamp(AddToTimestamp(T("2024-01-31"), I("1 month"))), "2024-02-29 00:00:00");
  EXPECT_EQ(ShowTimestamp(AddToTimestamp(T("2024-02-29"), I("1 year"))), "2025-02-28 00:00:00");
  EXPECT_EQ(ShowTimestamp(AddToTimestamp(T("infinity"), I("-1 day"))), "infinity");
  EXPECT_EQ(ShowTimestamp(AddToTimestamp(T("294276-12-31"), I("1 day"))), "22008 timestamp out of range");
  EXPECT_EQ(ShowTimestamp(AddToTimestamp(T("2024-01-01"), I("178000000 years"))), "22008 timestamp out of range");
}

struct ZonedSum {
  const char *op, *zone, *timestamp, *interval, *want;
};
constexpr ZonedSum kZonedSums[] = {
    {"pl", "America/New_York", "7782-10-12 15:36:46.5", "1 years -12 mons 0 days -43:26:5.123456",
     "7782-10-10 20:10:41.376544-04"},
    {"mi", "Europe/Berlin", "2024-08-31 00:00:00", "0 years 7 mons 35 days -27:29:54.123456",
     "2023-12-28 03:29:54.123456+01"},
    {"pl", "America/Sao_Paulo", "1977-02-28 16:04:00", "-4 years 0 mons 20 days -44:8:50.5",
     "1973-03-18 19:55:09.5-03"},
    {"pl", "America/Sao_Paulo", "2024-02-29 00:00:00", "0 years 0 mons -33 days -14:45:14", "2024-01-26 09:14:46-03"},
    {"pl", "UTC", "2024-02-29 12:34:56.789", "0 years 9 mons 0 days 13:8:59.5", "2024-11-30 01:43:56.289+00"},
    {"pl", "America/New_York", "1997-06-28 00:24:31.123456", "3 years -4 mons 36 days -35:37:51.5",
     "2000-04-02 12:46:39.623456-04"},
    {"mi", "Europe/Berlin", "1979-10-01 07:34:45.123456", "0 years 0 mons 0 days -4:24:36.123456",
     "1979-10-01 11:59:21.246912+01"},
    {"mi", "Asia/Kolkata", "9004-04-28 05:05:46.123456", "-2 years 0 mons -14 days -28:34:44.123456",
     "9006-05-13 09:40:30.246912+05:30"},
    {"mi", "Asia/Kolkata", "7075-11-14 06:57:12.5", "2 years 0 mons 0 days 55:9:34", "7073-11-11 23:47:38.5+05:30"},
    {"pl", "Asia/Kolkata", "2005-04-08 10:34:29.5", "4 years 0 mons 0 days -59:17:44.123456",
     "2009-04-05 23:16:45.376544+05:30"},
    {"pl", "Australia/Lord_Howe", "epoch", "-5 years 0 mons 0 days -51:27:12.5", "1964-12-30 06:32:47.5+10"},
    {"mi", "Australia/Lord_Howe", "2024-08-31 12:34:56.789", "4 years -7 mons -33 days 3:5:10.123456",
     "2021-05-03 09:29:46.665544+10:30"},
    {"pl", "America/New_York", "2023-12-31 12:34:56.789", "4 years 0 mons 46 days -34:24:25",
     "2028-02-14 02:10:31.789-05"},
    {"pl", "Australia/Lord_Howe", "2515-09-28 01:29:34", "-4 years 0 mons 0 days 32:49:18.5",
     "2511-09-29 10:18:52.5+10:30"},
    {"pl", "Asia/Kolkata", "2034-11-01 02:00:54", "0 years -1 mons 0 days 57:42:3", "2034-10-03 11:42:57+05:30"},
    {"mi", "Australia/Lord_Howe", "2025-05-03 20:15:56", "0 years 10 mons 0 days -4:38:59",
     "2024-07-04 00:54:55+10:30"},
    {"mi", "Australia/Lord_Howe", "2021-02-01 22:16:25.123456", "0 years -7 mons 0 days 47:16:14",
     "2021-08-30 23:00:11.123456+10:30"},
    {"mi", "Europe/Berlin", "2174-10-04 09:11:57.5", "0 years 8 mons 0 days -49:58:10.123456",
     "2174-02-06 11:10:07.623456+01"},
    {"mi", "UTC", "2024-02-29 12:34:56.789", "0 years 0 mons 15 days -20:20:34.5", "2024-02-15 08:55:31.289+00"},
    {"pl", "UTC", "9166-03-07 01:06:43.123456", "-4 years 0 mons -25 days 34:35:29.5", "9162-02-11 11:42:12.623456+00"},
    {"mi", "Australia/Lord_Howe", "2023-12-31 00:00:00", "3 years 0 mons 0 days 19:9:16.5", "2020-12-30 04:50:43.5+11"},
};

TEST(CivilTest, TimestamptzAndIntervalInAZone) {
  for (const ZonedSum& s : kZonedSums) {
    FormatContext context = InZone(s.zone);
    auto f = std::string_view(s.op) == "pl" ? AddToTimestamptz : SubtractFromTimestamptz;
    EXPECT_EQ(ShowTimestamptz(f(*ParseTimestamptz(s.timestamp, -1, context), I(s.interval), *context.zone), context),
              s.want)
        << s.timestamp << " " << s.op << " " << s.interval << " " << s.zone;
  }
  // A day is not 24 hours when the clocks change.
  FormatContext berlin = InZone("Europe/Berlin");
  int64_t before = *ParseTimestamptz("2024-03-30 12:00:00", -1, berlin);
  EXPECT_EQ(ShowTimestamptz(AddToTimestamptz(before, I("1 day"), *berlin.zone), berlin), "2024-03-31 12:00:00+02");
  EXPECT_EQ(ShowTimestamptz(AddToTimestamptz(before, I("24 hours"), *berlin.zone), berlin), "2024-03-31 13:00:00+02");
}

struct Difference {
  const char *op, *a, *b, *want;
};
constexpr Difference kDifferences[] = {
    {"age", "2024-05-31 00:00:00", "2024-03-31 01:30:00", "1 mon 30 days 22:30:00"},
    {"tsdiff", "1972-04-28 09:56:59", "2007-01-01 11:12:21", "-12666 days -01:15:22"},
    {"age", "2008-05-03 19:55:29.5", "2024-11-03 05:30", "-16 years -5 mons -30 days -09:34:30.5"},
    {"age", "7408-08-07 11:36:52.5", "5230-01-03 13:29:34", "2178 years 7 mons 3 days 22:07:18.5"},
    {"age", "1957-08-28 21:43:29.5", "2013-06-15 02:31:38.5", "-55 years -9 mons -17 days -04:48:09"},
    {"age", "2024-03-31 01:30:00", "2024-08-31 12:34:56.789", "-5 mons -11:04:56.789"},
    {"tsdiff", "2023-12-31 12:34:56.789", "2023-12-31 00:00:00", "12:34:56.789"},
    {"tsdiff", "8854-11-01 02:34:55.123456", "1965-05-28 23:13:57.5", "2516312 days 03:20:57.623456"},
    {"tsdiff", "1962-06-01 23:26:05", "2024-03-31 01:30:00", "-22583 days -02:03:55"},
    {"tsdiff", "2024-11-03 05:30", "2025-01-28 22:35:36.123456", "-86 days -17:05:36.123456"},
    {"tsdiff", "2024-02-29 12:34:56.789", "2024-05-31 00:00:00", "-91 days -11:25:03.211"},
    {"tsdiff", "2025-05-06 06:10:05.5", "epoch", "20214 days 06:10:05.5"},
    {"tsdiff", "2024-01-31 00:00:00", "2009-09-09 22:46:08", "5256 days 01:13:52"},
    {"tsdiff", "2024-08-31 00:00:00", "2024-05-31 00:00:00", "92 days"},
    {"tsdiff", "1981-01-28 11:32:18.123456", "1957-03-28 02:51:01", "8707 days 08:41:17.123456"},
    {"tsdiff", "2023-12-31 00:00:00", "2024-10-27 01:30:00", "-301 days -01:30:00"},
    {"age", "2024-03-10 06:30", "2001-06-19 04:05:53.123456", "22 years 8 mons 21 days 02:24:06.876544"},
    {"tsdiff", "2024-03-31 01:30:00", "2024-03-10 06:30", "20 days 19:00:00"},
    {"age", "2794-08-28 13:36:26.5", "2023-12-31 12:34:56.789", "770 years 7 mons 28 days 01:01:29.711"},
    {"tsdiff", "2903-12-01 08:30:24", "epoch", "341105 days 08:30:24"},
    {"tsdiff", "epoch", "2024-08-31 00:00:00", "-19966 days"},
    {"tsdiff", "1960-06-19 00:22:48", "2024-11-03 05:30", "-23513 days -05:07:12"},
    {"age", "2009-03-12 04:55:32.5", "2039-03-24 03:58:01", "-30 years -11 days -23:02:28.5"},
    {"age", "2024-03-31 01:30:00", "2024-03-31 01:30:00", "00:00:00"},
};

TEST(CivilTest, DifferenceAndAge) {
  for (const Difference& d : kDifferences) {
    auto f = std::string_view(d.op) == "age" ? Age : TimestampDifference;
    EXPECT_EQ(ShowInterval(f(T(d.a), T(d.b))), d.want) << d.op << " " << d.a << " " << d.b;
  }
  EXPECT_EQ(ShowInterval(TimestampDifference(kTimestampInfinity, 0)), "22008 cannot subtract infinite timestamps");
  EXPECT_EQ(Show(DateDifference(kDateInfinity, 0).status()), "22008 cannot subtract infinite dates");
  EXPECT_EQ(*DateDifference(10, -5), 15);
}

struct IntervalOperation {
  const char *op, *interval, *factor, *want;
};
constexpr IntervalOperation kIntervalOperations[] = {
    {"idivf", "-4 years 0 mons -21 days 33:52:5.5", "0.3700829845407063",
     "-10 years -9 mons -77 days +73:11:51.064581"},
    {"imul", "0 years 0 mons -12 days 30:33:34.123456", "4", "-48 days +122:14:16.493824"},
    {"idivf", "3 years 0 mons -11 days 36:27:35.5", "2.616", "1 year 1 mon 18 days 29:16:36.165301"},
    {"imul", "0 years 5 mons 0 days -44:38:46.123456", "-3.86", "-1 years -7 mons -9 days +172:20:02.83654"},
    {"idivf", "1 years -11 mons -9 days -42:0:35.123456", "0.9072859611128554", "1 mon -6 days -66:47:59.075296"},
    {"imul", "0 years -7 mons 31 days -22:49:46", "-0.9152730199022987", "6 mons -16 days +16:54:29.029508"},
    {"imul", "0 years 7 mons -22 days -35:39:58.123456", "0", "00:00:00"},
    {"imul", "-5 years 5 mons 0 days -16:11:3", "2", "-9 years -2 mons -32:22:06"},
    {"imul", "4 years -7 mons -33 days 3:5:10.123456", "2", "6 years 10 mons -66 days +06:10:20.246912"},
    {"imul", "1 years 0 mons 13 days -8:27:55", "0.17256395363384414", "2 mons 4 days 07:19:54.133435"},
    {"imul", "0 years 0 mons -16 days -41:31:55.5", "2.998016", "-47 days -147:45:07.179648"},
    {"idivf", "5 years 0 mons -22 days 42:0:33.5", "0.2904826407555803", "17 years 2 mons -59 days +140:57:48.588731"},
    {"idivf", "0 years 13 mons 0 days -50:29:50.123456", "3.27137", "3 mons 29 days -10:14:58.297093"},
    {"idivf", "-5 years 0 mons 0 days -51:27:12.5", "-0.556005", "8 years 11 mons 27 days 101:41:03.840073"},
    {"idivf", "0 years -14 mons 0 days -37:7:50", "-0.9637616316325495", "1 year 2 mons 15 days 57:32:39.999529"},
    {"imul", "0 years -14 mons 0 days -7:14:9.5", "-4", "4 years 8 mons 28:56:38"},
    {"imul", "0 years 11 mons 0 days -14:37:7.123456", "0.9536727772646858", "10 mons 14 days 03:08:49.127414"},
    {"imul", "-5 years 0 mons 3 days -1:46:16.123456", "1", "-5 years +3 days -01:46:16.123456"},
    {"imul", "0 years 12 mons 34 days 29:16:18.123456", "2.499498", "2 years 5 mons 114 days 92:25:03.525622"},
    {"imul", "0 years -10 mons 39 days -9:42:1.123456", "1", "-10 mons +39 days -09:42:01.123456"},
    {"idivf", "0 years 9 mons 0 days 13:8:59.5", "-2.58273", "-3 mons -14 days -18:03:52.250108"},
    {"idivf", "-1 years 0 mons -42 days 46:37:13.5", "-0.11613527028655501",
     "8 years 7 mons 371 days -389:53:40.363537"},
    {"imul", "0 years 6 mons 24 days 39:33:20.5", "2.2", "1 year 1 mon 58 days 106:13:21.1"},
    {"imul", "-1 years 0 mons 0 days -41:17:2.123456", "-0.700913", "8 mons 12 days 36:49:29.130418"},
    {"jh", "3 years -3 mons 0 days 10:37:26", "", "2 years 9 mons 10:37:26"},
    {"ji", "0 years 0 mons 0 days -13:50:14.5", "", "-13:50:14.5"},
    {"jd", "0 years -14 mons 0 days 11:25:28", "", "-1 years -2 mons +11:25:28"},
    {"jd", "0 years 0 mons 37 days 51:15:28.5", "", "1 mon 7 days 51:15:28.5"},
    {"jh", "4 years 1 mons 0 days -26:44:35", "", "4 years 1 mon -1 days -02:44:35"},
    {"jh", "0 years 0 mons 0 days -50:8:5.5", "", "-2 days -02:08:05.5"},
    {"ji", "0 years 8 mons 0 days 7:20:40", "", "8 mons 07:20:40"},
    {"ji", "0 years 11 mons 0 days -23:4:28", "", "10 mons 29 days 00:55:32"},
    {"ji", "0 years 0 mons 0 days -52:30:14.5", "", "-2 days -04:30:14.5"},
    {"ji", "1 years -1 mons 41 days -9:12:23.5", "", "1 year 10 days 14:47:36.5"},
    {"jh", "0 years 5 mons 0 days -1:28:36.5", "", "5 mons -01:28:36.5"},
    {"ji", "4 years -7 mons 49 days 57:10:45.5", "", "3 years 6 mons 21 days 09:10:45.5"},
    {"ji", "0 years 0 mons 0 days -43:33:35.123456", "", "-1 days -19:33:35.123456"},
    {"ji", "-5 years 0 mons 18 days -1:29:55.5", "", "-4 years -11 mons -12 days -01:29:55.5"},
    {"jh", "-4 years -1 mons 0 days -53:8:52.5", "", "-4 years -1 mons -2 days -05:08:52.5"},
    {"ji", "0 years 0 mons 0 days -29:35:30", "", "-1 days -05:35:30"},
    {"jd", "1 years 0 mons 0 days 35:31:53", "", "1 year 35:31:53"},
    {"jd", "0 years -7 mons -46 days -26:7:1.123456", "", "-8 mons -16 days -26:07:01.123456"},
};

TEST(IntervalTest, Arithmetic) {
  for (const IntervalOperation& o : kIntervalOperations) {
    std::string_view op = o.op;
    Interval i = I(o.interval);
    Result<Interval> r = op == "imul"    ? MultiplyInterval(i, std::stod(o.factor))
                         : op == "idivf" ? DivideInterval(i, std::stod(o.factor))
                         : op == "jh"    ? JustifyHours(i)
                         : op == "jd"    ? JustifyDays(i)
                                         : JustifyInterval(i);
    EXPECT_EQ(ShowInterval(r), o.want) << o.op << " " << o.interval << " " << o.factor;
  }
  EXPECT_EQ(ShowInterval(AddIntervals(I("2147483647 days"), I("1 day"))), "22008 interval out of range");
  EXPECT_EQ(ShowInterval(DivideInterval(I("1 day"), 0)), "22012 division by zero");
  EXPECT_EQ(ShowInterval(MakeInterval(1, 2, 3, 4, 5, 6, 7.25)), "1 year 2 mons 25 days 05:06:07.25");
}

TEST(IntervalTest, StoredFormAndOrder) {
  Interval i{-14, 3, -123456789};
  EXPECT_EQ(i.ToStored(), "-14 3 -123456789");
  Interval back;
  ASSERT_TRUE(Interval::FromStored(i.ToStored(), &back));
  EXPECT_EQ(back, i);
  for (std::string_view bad : {"", "1", "1 2", "1 2 ", "1 2 x", "1 2 3 4", "a b c", "99999999999 0 0"}) {
    EXPECT_FALSE(Interval::FromStored(bad, &back)) << bad;
  }
  EXPECT_EQ(CompareStoredIntervals("1 0 0", "0 30 0"), 0);
  EXPECT_EQ(CompareStoredIntervals("0 1 0", "0 0 86400000000"), 0);
  EXPECT_EQ(CompareStoredIntervals("-1 0 0", "0 -29 0"), -1);
  EXPECT_EQ(CompareStoredIntervals("2147483647 2147483647 9223372036854775807", "0 0 9223372036854775807"), 1);
}

struct FieldCase {
  const char *type, *zone, *field, *in, *want;
};
constexpr FieldCase kExtracts[] = {
    {"timestamp", "Australia/Lord_Howe", "hour", "4091-05-04 14:44:40.123456", "14"},
    {"timestamptz", "UTC", "isoyear", "2022-11-10 08:01:13.5", "2022"},
    {"time", "UTC", "timezone", "5:37:55.987675",
     "0A000 unit \"timezone\" not supported for type time without time zone"},
    {"interval", "UTC", "timezone_minute", "0 years 2 mons 0 days 56:34:27",
     "0A000 unit \"timezone_minute\" not supported for type interval"},
    {"date", "UTC", "MONTH", "3317-04-28", "4"},
    {"timestamptz", "Europe/Berlin", "quarter", "2607-11-01 02:35:09", "4"},
    {"interval", "UTC", "microsecondsx", "0 years -4 mons -34 days -13:28:41", "-41000000"},
    {"interval", "UTC", "timezone_minute", "0 years 0 mons 0 days 5:11:11",
     "0A000 unit \"timezone_minute\" not supported for type interval"},
    {"date", "UTC", "doy", "1999-10-04", "277"},
    {"date", "UTC", "century", "1955-01-28", "20"},
    {"timestamptz", "Asia/Kolkata", "isodow", "0316-04-01 19:07:29.5", "6"},
    {"interval", "UTC", "doy", "0 years -9 mons 0 days -29:44:20",
     "0A000 unit \"doy\" not supported for type interval"},
    {"time", "UTC", "year", "7:58:30.961321", "0A000 unit \"year\" not supported for type time without time zone"},
    {"date", "UTC", "isoyear", "2024-10-27", "2024"},
    {"time", "UTC", "doy", "8:8:47.988508", "0A000 unit \"doy\" not supported for type time without time zone"},
    {"timestamp", "Asia/Kolkata", "foo", "8801-04-16 14:02:59.5",
     "22023 unit \"foo\" not recognized for type timestamp without time zone"},
    {"timestamp", "America/Sao_Paulo", "MONTH", "2024-10-27 01:30:00", "10"},
    {"interval", "UTC", "isoyear", "0 years 0 mons 44 days -22:34:44.5",
     "0A000 unit \"isoyear\" not supported for type interval"},
    {"date", "UTC", "MONTH", "2008-08-01", "8"},
    {"timestamp", "UTC", "day", "2002-06-28 20:31:02.5", "28"},
    {"date", "UTC", "century", "2024-03-10", "21"},
    {"timestamp", "Asia/Kolkata", "day", "2020-10-01 15:05:29.5", "1"},
    {"date", "UTC", "year", "3179-09-28", "3179"},
    {"time", "UTC", "dow", "17:38:33.216423", "0A000 unit \"dow\" not supported for type time without time zone"},
    {"timestamptz", "UTC", "decade", "294276-12-31 23:59:59", "29427"},
    {"time", "UTC", "MONTH", "12:27:53.602601", "0A000 unit \"month\" not supported for type time without time zone"},
    {"date", "UTC", "jd", "294276-12-31", "109203527"},
    {"interval", "UTC", "microseconds", "3 years 0 mons 0 days -30:54:50.123456", "-50123456"},
    {"timestamp", "Asia/Kolkata", "century", "4714-11-24 00:00:00 BC", "-48"},
    {"interval", "UTC", "millennium", "0 years 0 mons 0 days 47:4:39.5", "0"},
    {"time", "UTC", "yr", "17:30:18.926779", "0A000 unit \"yr\" not supported for type time without time zone"},
    {"date", "UTC", "minute", "1989-06-01", "0A000 unit \"minute\" not supported for type date"},
    {"time", "UTC", "millennium", "15:34:13.615621",
     "0A000 unit \"millennium\" not supported for type time without time zone"},
    {"time", "UTC", "second", "8:29:39.30616", "39.306160"},
    {"time", "UTC", "dow", "7:47:11.473117", "0A000 unit \"dow\" not supported for type time without time zone"},
    {"timestamp", "Asia/Kolkata", "microsecondsx", "0101-08-01 05:24:43.123456", "43123456"},
    {"timestamp", "America/Sao_Paulo", "mon", "2022-03-28 17:21:40.5", "3"},
    {"time", "UTC", "year", "3:16:16.374699", "0A000 unit \"year\" not supported for type time without time zone"},
    {"timestamptz", "America/New_York", "year", "2024-05-28 01:44:30.5", "2024"},
    {"time", "UTC", "epoch", "18:9:52.96837", "65392.968370"},
    {"time", "UTC", "yr", "1:3:17.946372", "0A000 unit \"yr\" not supported for type time without time zone"},
    {"timestamptz", "Australia/Lord_Howe", "day", "294276-12-31 23:59:59", "31"},
    {"time", "UTC", "microsecondsx", "18:13:13.168349", "13168349"},
    {"date", "UTC", "doy", "2024-03-31", "91"},
    {"timestamp", "UTC", "decade", "1951-02-10 17:15:36.5", "195"},
    {"timestamptz", "America/New_York", "month", "1974-11-28 12:13:37", "11"},
    {"timestamptz", "UTC", "timezone", "2024-02-01 01:21:15.123456", "0"},
    {"timestamp", "Europe/Berlin", "microseconds", "1964-05-20 04:15:29.5", "29500000"},
    {"time", "UTC", "quarter", "5:13:17.683510",
     "0A000 unit \"quarter\" not supported for type time without time zone"},
    {"date", "UTC", "millennium", "7166-04-09", "8"},
    {"timestamptz", "Europe/Berlin", "epoch", "epoch", "0.000000"},
    {"timestamp", "America/New_York", "MONTH", "2002-03-23 18:55:26.5", "3"},
    {"timestamptz", "Europe/Berlin", "timezone", "1972-09-28 11:32:38.123456", "3600"},
    {"time", "UTC", "year", "13:18:49.102544", "0A000 unit \"year\" not supported for type time without time zone"},
    {"timestamptz", "America/Sao_Paulo", "microsecondsx", "2024-03-10 06:30", "0"},
    {"timestamp", "Australia/Lord_Howe", "week", "1980-06-01 23:58:07.5", "22"},
    {"interval", "UTC", "jd", "-5 years 0 mons 0 days -59:56:9", "0A000 unit \"jd\" not supported for type interval"},
    {"time", "UTC", "microseconds", "13:19:14.904714", "14904714"},
    {"timestamptz", "UTC", "epoch", "2024-03-10 23:17:55", "1710112675.000000"},
    {"interval", "UTC", "mon", "-3 years 1 mons -20 days 40:11:30.5", "-11"},
};

TEST(DateFieldsTest, Extract) {
  for (const FieldCase& c : kExtracts) {
    FormatContext context = InZone(c.zone);
    std::string_view type = c.type;
    bool is_null = false;
    Result<Numeric> r = type == "date"        ? ExtractDate(c.field, *ParseDate(c.in, context), &is_null)
                        : type == "time"      ? ExtractTime(c.field, *ParseTime(c.in, -1, context))
                        : type == "timestamp" ? ExtractTimestamp(c.field, *ParseTimestamp(c.in, -1, context), &is_null)
                        : type == "timestamptz"
                            ? ExtractTimestamptz(c.field, *ParseTimestamptz(c.in, -1, context), *context.zone, &is_null)
                            : ExtractInterval(c.field, I(c.in));
    EXPECT_EQ(r.ok() ? r->ToString() : Show(r.status()), c.want) << c.field << " of " << c.type << " " << c.in;
    EXPECT_FALSE(is_null);
  }
  bool is_null = false;
  EXPECT_EQ(ExtractTimestamp("year", kTimestampInfinity, &is_null)->ToString(), "Infinity");
  EXPECT_EQ(ExtractDate("epoch", kDateMinusInfinity, &is_null)->ToString(), "-Infinity");
  EXPECT_FALSE(is_null);
  ASSERT_TRUE(ExtractTimestamp("day", kTimestampInfinity, &is_null).ok());
  EXPECT_TRUE(is_null);
}

constexpr FieldCase kTruncations[] = {
    {"timestamptz", "Australia/Lord_Howe", "julian", "1971-01-15 04:55:48.5",
     "22023 unit \"julian\" not recognized for type timestamp with time zone"},
    {"interval", "UTC", "doy", "3 years 0 mons 0 days -25:19:14.5",
     "22023 unit \"doy\" not recognized for type interval"},
    {"interval", "UTC", "doy", "0 years -14 mons 5 days 44:1:51",
     "22023 unit \"doy\" not recognized for type interval"},
    {"timestamp", "Europe/Berlin", "isodow", "2002-05-01 03:46:03.123456",
     "22023 unit \"isodow\" not recognized for type timestamp without time zone"},
    {"interval", "UTC", "year", "-4 years -4 mons 0 days 30:25:18.123456", "-4 years"},
    {"interval", "UTC", "milliseconds", "0 years -6 mons -23 days -25:44:45", "-6 mons -23 days -25:44:45"},
    {"timestamptz", "Asia/Kolkata", "millennium", "2024-11-03 05:30", "2001-01-01 00:00:00+05:30"},
    {"timestamptz", "America/New_York", "microsecondsx", "1995-10-28 02:57:59.123456", "1995-10-28 02:57:59.123456-04"},
    {"interval", "UTC", "millennium", "-4 years -3 mons 0 days -10:53:23.123456", "00:00:00"},
    {"timestamp", "Asia/Kolkata", "mon", "2024-11-03 05:30", "2024-11-01 00:00:00"},
    {"timestamp", "America/New_York", "epoch", "1975-04-04 02:38:05",
     "22023 unit \"epoch\" not recognized for type timestamp without time zone"},
    {"interval", "UTC", "century", "0 years -3 mons -9 days -15:14:57.5", "00:00:00"},
    {"interval", "UTC", "julian", "0 years 0 mons 0 days -23:50:36",
     "22023 unit \"julian\" not recognized for type interval"},
    {"timestamptz", "UTC", "decade", "2024-03-10 06:30", "2020-01-01 00:00:00+00"},
    {"timestamp", "America/Sao_Paulo", "milliseconds", "1443-05-28 23:09:43.123456", "1443-05-28 23:09:43.123"},
    {"timestamptz", "Asia/Kolkata", "doy", "6731-12-07 14:44:33.123456",
     "22023 unit \"doy\" not recognized for type timestamp with time zone"},
    {"timestamptz", "Asia/Kolkata", "jd", "2024-11-03 05:30",
     "22023 unit \"jd\" not recognized for type timestamp with time zone"},
    {"interval", "UTC", "microsecondsx", "0 years 0 mons 45 days -22:14:52", "45 days -22:14:52"},
    {"interval", "UTC", "julian", "5 years -9 mons 0 days -37:1:31.123456",
     "22023 unit \"julian\" not recognized for type interval"},
    {"interval", "UTC", "julian", "0 years 12 mons 0 days 43:41:57.5",
     "22023 unit \"julian\" not recognized for type interval"},
    {"interval", "UTC", "timezone_hour", "0 years 0 mons 0 days 60:36:9.123456",
     "0A000 unit \"timezone_hour\" not supported for type interval"},
    {"timestamp", "America/Sao_Paulo", "isodow", "1956-07-19 20:04:16.5",
     "22023 unit \"isodow\" not recognized for type timestamp without time zone"},
    {"interval", "UTC", "mon", "0 years 10 mons -3 days 53:25:44", "10 mons"},
    {"timestamp", "Australia/Lord_Howe", "day", "2821-10-28 15:28:41.5", "2821-10-28 00:00:00"},
    {"timestamp", "America/Sao_Paulo", "hour", "2024-03-10 06:30", "2024-03-10 06:00:00"},
    {"timestamptz", "Australia/Lord_Howe", "second", "1077-12-28 08:39:39.5", "1077-12-28 08:39:39+10:36:20"},
    {"timestamp", "Asia/Kolkata", "week", "1976-04-28 21:16:09", "1976-04-26 00:00:00"},
    {"timestamptz", "Asia/Kolkata", "foo", "8801-04-16 14:02:59.5",
     "22023 unit \"foo\" not recognized for type timestamp with time zone"},
    {"timestamptz", "America/Sao_Paulo", "century", "2024-03-10 06:30", "2001-01-01 00:00:00-02"},
    {"interval", "UTC", "yr", "0 years 0 mons 48 days -14:24:40", "00:00:00"},
    {"timestamp", "Australia/Lord_Howe", "month", "0421-06-01 06:20:46.123456", "0421-06-01 00:00:00"},
    {"timestamp", "Europe/Berlin", "century", "2024-11-03 05:30", "2001-01-01 00:00:00"},
    {"interval", "UTC", "timezone", "-1 years 5 mons -2 days -13:10:28.5",
     "0A000 unit \"timezone\" not supported for type interval"},
    {"interval", "UTC", "yr", "0 years 0 mons 0 days 50:46:19.123456", "00:00:00"},
    {"interval", "UTC", "hour", "-4 years 0 mons 44 days -21:0:0.123456", "-4 years +44 days -21:00:00"},
    {"interval", "UTC", "isodow", "0 years 0 mons 0 days 31:57:46.5",
     "22023 unit \"isodow\" not recognized for type interval"},
    {"timestamp", "UTC", "microsecondsx", "1801-12-01 20:24:59.123456", "1801-12-01 20:24:59.123456"},
    {"timestamp", "UTC", "timezone_minute", "2023-07-28 12:02:28",
     "0A000 unit \"timezone_minute\" not supported for type timestamp without time zone"},
    {"timestamptz", "Australia/Lord_Howe", "MONTH", "1982-11-28 04:07:37", "1982-11-01 00:00:00+11:30"},
    {"timestamptz", "Asia/Kolkata", "quarter", "1987-08-01 06:51:56", "1987-07-01 00:00:00+05:30"},
    {"interval", "UTC", "day", "0 years -6 mons 42 days 45:43:51.5", "-6 mons +42 days"},
    {"timestamptz", "America/Sao_Paulo", "microseconds", "1963-09-28 00:58:40", "1963-09-28 00:58:40-03"},
    {"interval", "UTC", "mon", "0 years 0 mons 0 days -35:47:4", "00:00:00"},
    {"interval", "UTC", "mon", "-1 years 0 mons 3 days -26:57:47.123456", "-1 years"},
    {"timestamptz", "America/New_York", "timezone_minute", "1977-05-22 07:27:28",
     "0A000 unit \"timezone_minute\" not supported for type timestamp with time zone"},
    {"timestamp", "UTC", "isodow", "2024-03-10 06:30",
     "22023 unit \"isodow\" not recognized for type timestamp without time zone"},
    {"timestamptz", "America/Sao_Paulo", "timezone_minute", "2023-07-28 17:12:42.5",
     "0A000 unit \"timezone_minute\" not supported for type timestamp with time zone"},
    {"interval", "UTC", "isodow", "5 years 0 mons 2 days -56:22:51.5",
     "22023 unit \"isodow\" not recognized for type interval"},
    {"timestamp", "Asia/Kolkata", "hour", "2009-06-24 10:30:18.123456", "2009-06-24 10:00:00"},
    {"timestamptz", "Australia/Lord_Howe", "timezone_hour", "1985-06-28 08:08:05",
     "0A000 unit \"timezone_hour\" not supported for type timestamp with time zone"},
    {"timestamp", "Australia/Lord_Howe", "isoyear", "0806-03-01 13:44:14.5",
     "22023 unit \"isoyear\" not recognized for type timestamp without time zone"},
    {"timestamp", "UTC", "millennium", "7166-04-09 21:46:38.5", "7001-01-01 00:00:00"},
    {"interval", "UTC", "year", "-5 years -3 mons 35 days 26:10:25.123456", "-5 years"},
    {"timestamp", "America/New_York", "quarter", "2005-12-28 21:25:07.5", "2005-10-01 00:00:00"},
    {"interval", "UTC", "epoch", "2 years -8 mons -4 days 18:9:32",
     "22023 unit \"epoch\" not recognized for type interval"},
    {"interval", "UTC", "quarter", "4 years 14 mons -30 days -39:56:0", "5 years"},
    {"timestamptz", "America/Sao_Paulo", "isoyear", "1986-06-01 16:52:13",
     "22023 unit \"isoyear\" not recognized for type timestamp with time zone"},
    {"timestamptz", "UTC", "century", "1993-11-14 18:57:33.5", "1901-01-01 00:00:00+00"},
    {"timestamp", "Europe/Berlin", "hour", "1975-08-01 11:13:15.123456", "1975-08-01 11:00:00"},
    {"timestamp", "UTC", "month", "1960-05-06 18:07:40.5", "1960-05-01 00:00:00"},
};

TEST(DateFieldsTest, Truncate) {
  for (const FieldCase& c : kTruncations) {
    FormatContext context = InZone(c.zone);
    std::string_view type = c.type;
    std::string got =
        type == "timestamp" ? ShowTimestamp(TruncateTimestamp(c.field, *ParseTimestamp(c.in, -1, context)))
        : type == "timestamptz"
            ? ShowTimestamptz(TruncateTimestamptz(c.field, *ParseTimestamptz(c.in, -1, context), *context.zone),
                              context)
            : ShowInterval(TruncateInterval(c.field, I(c.in)));
    EXPECT_EQ(got, c.want) << c.field << " of " << c.type << " " << c.in;
  }
}

TEST(DateFieldsTest, Bin) {
  EXPECT_EQ(ShowTimestamp(BinTimestamp(I("15 minutes"), T("2020-02-11 15:44:17"), T("2001-01-01"))),
            "2020-02-11 15:30:00");
  EXPECT_EQ(ShowTimestamp(BinTimestamp(I("15 minutes"), T("2000-02-11 15:44:17"), T("2001-01-01 00:02:30"))),
            "2000-02-11 15:32:30");
  EXPECT_EQ(ShowTimestamp(BinTimestamp(I("1 month"), T("2020-02-11"), T("2001-01-01"))),
            "0A000 timestamps cannot be binned into intervals containing months or years");
  EXPECT_EQ(ShowTimestamp(BinTimestamp(I("0"), T("2020-02-11"), T("2001-01-01"))),
            "22008 stride must be greater than zero");
}

TEST(CivilTest, Conversions) {
  EXPECT_EQ(*DateToTimestamp(kDateInfinity), kTimestampInfinity);
  EXPECT_EQ(Show(DateToTimestamp(kEndDate - 1).status()), "22008 date out of range for timestamp");
  EXPECT_EQ(*TimestampToDate(-1), -1);
  EXPECT_EQ(*TimestampToDate(kTimestampMinusInfinity), kDateMinusInfinity);
  EXPECT_EQ(TimeOfTimestamp(-1), kUsPerDay - 1);
  EXPECT_EQ(AddToTime(0, I("-1 hour")), 23 * kUsPerHour);
  EXPECT_EQ(AddToTime(23 * kUsPerHour, I("1 day 2 hours")), kUsPerHour);
  EXPECT_EQ(*AddDays(5, 10), 15);
  EXPECT_EQ(Show(AddDays(kEndDate - 1, 1).status()), "22008 date out of range");
}

}  // namespace
}  // namespace allod
