// Input and output of dates, times, timestamps and intervals. The answers in the tables are PostgreSQL 15's.
#include <gtest/gtest.h>

#include <sstream>

#include "base/civil.h"
#include "base/format.h"
#include "base/types.h"

namespace allod {
namespace {

// "<DateStyle> <order> <IntervalStyle> <zone>"; "" is the default.
FormatContext ContextOf(const std::string& spec) {
  FormatContext c;
  if (spec.empty()) return c;
  std::istringstream words(spec);
  std::string style, order, interval, zone;
  words >> style >> order >> interval >> zone;
  c.date_style = style == "SQL"        ? DateStyle::kSql
                 : style == "Postgres" ? DateStyle::kPostgres
                 : style == "German"   ? DateStyle::kGerman
                                       : DateStyle::kIso;
  c.date_order = order == "DMY" ? DateOrder::kDmy : order == "YMD" ? DateOrder::kYmd : DateOrder::kMdy;
  c.interval_style = interval == "sql_standard"       ? IntervalStyle::kSqlStandard
                     : interval == "iso_8601"         ? IntervalStyle::kIso8601
                     : interval == "postgres_verbose" ? IntervalStyle::kPostgresVerbose
                                                      : IntervalStyle::kPostgres;
  Result<std::shared_ptr<const TimeZone>> loaded = TimeZone::Load(zone);
  EXPECT_TRUE(loaded.ok()) << zone;
  if (loaded.ok()) c.zone = *loaded;
  return c;
}

struct Case {
  const char* in;
  int typmod;
  const char *context, *want;
};

void Check(Oid oid, std::span<const Case> cases) {
  for (const Case& c : cases) {
    FormatContext context = ContextOf(c.context);
    Type type{oid, c.typmod};
    Result<Value> v = ParseText(type, c.in, context);
    std::string got =
        v.ok() ? ToText(type, *v, context) : v.status().error().sqlstate + " " + v.status().error().message;
    EXPECT_EQ(got, c.want) << "'" << c.in << "' [" << c.context << "] typmod " << c.typmod;
  }
}

constexpr Case kDates[] = {
    {"2024-02-30", -1, "", "22008 date/time field value out of range: \"2024-02-30\""},
    {"2024-02-30", -1, "", "22008 date/time field value out of range: \"2024-02-30\""},
    {"2024-13-01", -1, "German YMD postgres UTC", "22008 date/time field value out of range: \"2024-13-01\""},
    {"2023-02-29", -1, "German YMD postgres UTC", "22008 date/time field value out of range: \"2023-02-29\""},
    {"0000-01-01", -1, "", "22008 date/time field value out of range: \"0000-01-01\""},
    {"0001-01-01", -1, "ISO YMD postgres UTC", "0001-01-01"},
    {"0044-03-15 BC", -1, "German DMY postgres UTC", "15.03.0044 BC"},
    {"1 BC", -1, "ISO YMD postgres UTC", "22007 invalid input syntax for type date: \"1 BC\""},
    {"5874898-01-01", -1, "", "22008 date out of range: \"5874898-01-01\""},
    {"5874898-01-01", -1, "SQL MDY postgres UTC", "22008 date out of range: \"5874898-01-01\""},
    {"5874898-01-01", -1, "Postgres YMD postgres UTC", "22008 date out of range: \"5874898-01-01\""},
    {"4714-11-24 BC", -1, "", "4714-11-24 BC"},
    {"4714-11-24 BC", -1, "ISO YMD postgres UTC", "4714-11-24 BC"},
    {"4714-11-23 BC", -1, "German DMY postgres UTC", "22008 date out of range: \"4714-11-23 BC\""},
    {"Jan 8, 1999", -1, "", "1999-01-08"},
    {"Jan 8, 1999", -1, "Postgres MDY postgres UTC", "01-08-1999"},
    {"Jan 8, 1999", -1, "German YMD postgres UTC", "08.01.1999"},
    {"8 Jan 1999", -1, "Postgres YMD postgres UTC", "01-08-1999"},
    {"1999-Jan-08", -1, "Postgres MDY postgres UTC", "01-08-1999"},
    {"Jan-08-1999", -1, "", "1999-01-08"},
    {"Jan-08-1999", -1, "ISO YMD postgres UTC", "1999-01-08"},
    {"08-Jan-1999", -1, "ISO DMY postgres UTC", "1999-01-08"},
    {"08-Jan-1999", -1, "SQL YMD postgres UTC", "01/08/1999"},
    {"99-Jan-08", -1, "", "22008 date/time field value out of range: \"99-Jan-08\""},
    {"08-Jan-99", -1, "", "1999-01-08"},
    {"January 8, 99 BC", -1, "SQL DMY postgres UTC", "08/01/0099 BC"},
    {"1/18/1999", -1, "", "1999-01-18"},
    {"18/1/1999", -1, "German DMY postgres UTC", "18.01.1999"},
    {"01/02/03", -1, "German MDY postgres UTC", "02.01.2003"},
    {"01/02/03", -1, "SQL DMY postgres UTC", "01/02/2003"},
    {"19990108", -1, "", "1999-01-08"},
    {"19990108", -1, "ISO YMD postgres UTC", "1999-01-08"},
    {"990108", -1, "Postgres DMY postgres UTC", "08-01-1999"},
    {"J2451187", -1, "", "1999-01-08"},
    {"J2451187", -1, "ISO DMY postgres UTC", "1999-01-08"},
    {"epoch", -1, "German MDY postgres UTC", "01.01.1970"},
    {"epoch", -1, "SQL YMD postgres UTC", "01/01/1970"},
    {"infinity", -1, "ISO DMY postgres UTC", "infinity"},
    {"-infinity", -1, "", "-infinity"},
    {"", -1, "German DMY postgres UTC", "22007 invalid input syntax for type date: \"\""},
    {"abc", -1, "Postgres DMY postgres UTC", "22007 invalid input syntax for type date: \"abc\""},
    {"abc", -1, "SQL YMD postgres UTC", "22007 invalid input syntax for type date: \"abc\""},
    {"2024/01/05", -1, "", "2024-01-05"},
    {"2024/01/05", -1, "ISO DMY postgres UTC", "2024-01-05"},
    {"2024.01.05", -1, "", "2024-01-05"},
    {"01.02.2024", -1, "", "2024-01-02"},
    {"01.02.2024", -1, "ISO DMY postgres UTC", "2024-02-01"},
    {"2024-01", -1, "", "22007 invalid input syntax for type date: \"2024-01\""},
    {"2024", -1, "", "22007 invalid input syntax for type date: \"2024\""},
    {"2024-01-15T10:00:00", -1, "ISO DMY postgres UTC", "2024-01-15"},
    {"Monday 2024-01-15", -1, "SQL DMY postgres UTC",
     "22007 invalid input syntax for type date: \"Monday 2024-01-15\""},
    {"2001-02-04 bc ad", -1, "", "22007 invalid input syntax for type date: \"2001-02-04 bc ad\""},
    {"2023-366", -1, "", "2024-01-01"},
    {"2023-366", -1, "Postgres DMY postgres UTC", "01-01-2024"},
    {"12-31-99", -1, "", "1999-12-31"},
    {"12-31-99", -1, "German DMY postgres UTC", "22008 date/time field value out of range: \"12-31-99\""},
    {"12-31-99", -1, "Postgres YMD postgres UTC", "22008 date/time field value out of range: \"12-31-99\""},
    {"1999 Jan 8", -1, "", "1999-01-08"},
    {"Jan 8 1999 04:05:06", -1, "", "1999-01-08"},
    {"Jan 8 1999 04:05:06", -1, "SQL YMD postgres UTC", "01/08/1999"},
    {"x 2024-01-15", -1, "SQL DMY postgres UTC", "22007 invalid input syntax for type date: \"x 2024-01-15\""},
    {"2024--01-15", -1, "SQL YMD postgres UTC", "01/15/2024"},
    {"+2024-01-15", -1, "SQL YMD postgres UTC", "22009 time zone displacement out of range: \"+2024-01-15\""},
    {"1-1-1", -1, "", "2001-01-01"},
    {"1-1-1", -1, "", "2001-01-01"},
    {"1-1-1", -1, "German YMD postgres UTC", "01.01.2001"},
    {"0-1-1", -1, "", "22008 date/time field value out of range: \"0-1-1\""},
    {"2024-01-32", -1, "SQL YMD postgres UTC", "22008 date/time field value out of range: \"2024-01-32\""},
    {"294277-01-01", -1, "ISO DMY postgres UTC", "294277-01-01"},
    {"1999-09-09 sept", -1, "Postgres YMD postgres UTC",
     "22007 invalid input syntax for type date: \"1999-09-09 sept\""},
};
TEST(DateTextTest, Date) { Check(oid::kDate, kDates); }

constexpr Case kTimes[] = {
    {"04:05:06.789", -1, "", "04:05:06.789"},
    {"04:05:06.789", 2, "", "04:05:06.79"},
    {"04:05:06", -1, "", "04:05:06"},
    {"04:05:06", 2, "", "04:05:06"},
    {"04:05", -1, "", "04:05:00"},
    {"04:05", 2, "", "04:05:00"},
    {"040506", -1, "", "04:05:06"},
    {"040506", 2, "", "04:05:06"},
    {"0405", -1, "", "04:05:00"},
    {"0405", 2, "", "04:05:00"},
    {"04:05 AM", -1, "", "04:05:00"},
    {"04:05 AM", 2, "", "04:05:00"},
    {"04:05 PM", -1, "", "16:05:00"},
    {"12:00 AM", -1, "", "00:00:00"},
    {"12:00 AM", 2, "", "00:00:00"},
    {"12:00 PM", -1, "", "12:00:00"},
    {"12:00 PM", 2, "", "12:00:00"},
    {"13:00 PM", -1, "", "22008 date/time field value out of range: \"13:00 PM\""},
    {"13:00 PM", 2, "", "22008 date/time field value out of range: \"13:00 PM\""},
    {"04:05:06.789-8", -1, "", "04:05:06.789"},
    {"04:05:06-08:00", -1, "", "04:05:06"},
    {"04:05:06-08:00", 2, "", "04:05:06"},
    {"04:05-08:00", 2, "", "04:05:00"},
    {"040506-08", 2, "", "04:05:06"},
    {"04:05:06 PST", -1, "", "04:05:06"},
    {"24:00:00", -1, "", "24:00:00"},
    {"24:00:01", -1, "", "22008 date/time field value out of range: \"24:00:01\""},
    {"24:00:01", 2, "", "22008 date/time field value out of range: \"24:00:01\""},
    {"23:59:60", -1, "", "24:00:00"},
    {"23:59:60", 2, "", "24:00:00"},
    {"25:00", -1, "", "22008 date/time field value out of range: \"25:00\""},
    {"25:00", 2, "", "22008 date/time field value out of range: \"25:00\""},
    {"12:60", -1, "", "22008 date/time field value out of range: \"12:60\""},
    {"allballs", 2, "", "00:00:00"},
    {"now x", -1, "", "22007 invalid input syntax for type time: \"now x\""},
    {"now x", 2, "", "22007 invalid input syntax for type time: \"now x\""},
    {"2003-04-12 04:05:06 America/New_York", 2, "", "04:05:06"},
    {"04:05:06 America/New_York", -1, "", "22007 invalid input syntax for type time: \"04:05:06 America/New_York\""},
    {"04:05:06 America/New_York", 2, "", "22007 invalid input syntax for type time: \"04:05:06 America/New_York\""},
    {"04:05:06 UTC", -1, "", "04:05:06"},
    {"04:05:06 UTC", 2, "", "04:05:06"},
    {"12:34:56.1234567", -1, "", "12:34:56.123457"},
    {"12:34:56.1234567", 2, "", "12:34:56.12"},
    {"1:2:3", -1, "", "01:02:03"},
    {"1:2:3", 2, "", "01:02:03"},
    {"", 2, "", "22007 invalid input syntax for type time: \"\""},
    {"abc", -1, "", "22007 invalid input syntax for type time: \"abc\""},
    {"abc", 2, "", "22007 invalid input syntax for type time: \"abc\""},
    {"T04:05:06", -1, "", "04:05:06"},
    {"t040506", -1, "", "04:05:06"},
    {"t040506", 2, "", "04:05:06"},
    {"04:05:06.", -1, "", "04:05:06"},
    {"04:05:06.", 2, "", "04:05:06"},
    {"12.5", -1, "", "22007 invalid input syntax for type time: \"12.5\""},
    {"12.5", 2, "", "22007 invalid input syntax for type time: \"12.5\""},
    {"1", -1, "", "22007 invalid input syntax for type time: \"1\""},
    {"1", 2, "", "22007 invalid input syntax for type time: \"1\""},
    {"12:00:00+99", -1, "", "22009 time zone displacement out of range: \"12:00:00+99\""},
    {"12:00:00+99", 2, "", "22009 time zone displacement out of range: \"12:00:00+99\""},
    {"2024-01-01", -1, "", "22007 invalid input syntax for type time: \"2024-01-01\""},
    {"2024-01-01", 2, "", "22007 invalid input syntax for type time: \"2024-01-01\""},
    {"04:05:06 am pm", -1, "", "22007 invalid input syntax for type time: \"04:05:06 am pm\""},
    {"04:05:06 am pm", 2, "", "22007 invalid input syntax for type time: \"04:05:06 am pm\""},
    {"10:20:30.4567 PM", -1, "", "22:20:30.4567"},
    {"10:20:30.4567 PM", 2, "", "22:20:30.46"},
    {"z", -1, "", "22007 invalid input syntax for type time: \"z\""},
    {"z", 2, "", "22007 invalid input syntax for type time: \"z\""},
    {"04:05:06Z", -1, "", "04:05:06"},
    {"04:05:06Z", 2, "", "04:05:06"},
    {"04:05 +05:30", 2, "", "04:05:00"},
};
TEST(DateTextTest, Time) { Check(oid::kTime, kTimes); }

constexpr Case kTimestamps[] = {
    {"2024-01-15 10:20:30+02", -1, "SQL YMD postgres UTC", "01/15/2024 10:20:30"},
    {"20240115T102030-07", -1, "Postgres DMY postgres UTC", "Mon 15 Jan 10:20:30 2024"},
    {"20240115T102030-07", 4, "", "2024-01-15 10:20:30"},
    {"20240115 102030.5", -1, "", "2024-01-15 10:20:30.5"},
    {"0044-03-15 10:00:00 BC", 6, "", "0044-03-15 10:00:00 BC"},
    {"-infinity", -1, "", "-infinity"},
    {"294276-12-31 23:59:59.999999", -1, "", "294276-12-31 23:59:59.999999"},
    {"294277-01-01 00:00:00", -1, "Postgres YMD postgres UTC",
     "22008 timestamp out of range: \"294277-01-01 00:00:00\""},
    {"4714-11-23 23:59:59 BC", -1, "ISO DMY postgres UTC", "22008 timestamp out of range: \"4714-11-23 23:59:59 BC\""},
    {"2024-11-03 01:30:00", -1, "Postgres MDY postgres UTC", "Sun Nov 03 01:30:00 2024"},
    {"abc", -1, "", "22007 invalid input syntax for type timestamp: \"abc\""},
    {"2024-01-15 10:20:30+99", 5, "", "22009 time zone displacement out of range: \"2024-01-15 10:20:30+99\""},
    {"2024-01-15 10:20:30+15:59", 2, "", "2024-01-15 10:20:30"},
    {"2024-01-15 10:20:30 Foo/Bar", -1, "", "22023 time zone \"foo/bar\" not recognized"},
    {"2024-01-15,10:20:30", -1, "SQL MDY postgres UTC", "01/15/2024 10:20:30"},
    {"2024-01-15,10:20:30", -1, "German DMY postgres UTC", "15.01.2024 10:20:30"},
    {"1997-02-10 17:32:01-0800", -1, "", "1997-02-10 17:32:01"},
    {"1999-12-31 23:59:59.9999996", -1, "", "2000-01-01 00:00:00"},
    {"1850-01-01 00:00:00", -1, "", "1850-01-01 00:00:00"},
    {"2024-01-15 10:20:30 ZULU", -1, "", "2024-01-15 10:20:30"},
    {"2024-01-15 10:20:30 ZULU", -1, "SQL YMD postgres UTC", "01/15/2024 10:20:30"},
    {"2202-05-04 15:48:28.000001-05:30", 5, "", "2202-05-04 15:48:28"},
    {"4364-10-04 10:01:01", -1, "ISO DMY postgres UTC", "4364-10-04 10:01:01"},
    {"1962-07-22 05:23:35.123", -1, "Postgres MDY postgres UTC", "Sun Jul 22 05:23:35.123 1962"},
    {"9829-11-06 17:37:11+01", -1, "German DMY postgres UTC", "06.11.9829 17:37:11"},
    {"1998-07-26 06:16:06.123", -1, "", "1998-07-26 06:16:06.123"},
    {"2073-09-27 07:40:51.000001", -1, "German MDY postgres UTC", "27.09.2073 07:40:51.000001"},
    {"2006-03-01 17:56:54", -1, "ISO YMD postgres UTC", "2006-03-01 17:56:54"},
    {"9344-12-20 16:02:24.5+01", -1, "German MDY postgres UTC", "20.12.9344 16:02:24.5"},
    {"9344-12-20 16:02:24.5+01", -1, "Postgres DMY postgres UTC", "Sun 20 Dec 16:02:24.5 9344"},
    {"3291-06-14 06:17:43-05:30", -1, "Postgres MDY postgres UTC", "Thu Jun 14 06:17:43 3291"},
    {"3291-06-14 06:17:43-05:30", -1, "Postgres DMY postgres UTC", "Thu 14 Jun 06:17:43 3291"},
    {"3291-06-14 06:17:43-05:30", -1, "ISO YMD postgres UTC", "3291-06-14 06:17:43"},
    {"1980-02-03 10:38:29+01", -1, "", "1980-02-03 10:38:29"},
    {"3608-07-03 08:35:55", -1, "", "3608-07-03 08:35:55"},
    {"8938-06-27 19:51:43.5", -1, "ISO YMD postgres UTC", "8938-06-27 19:51:43.5"},
    {"2040-09-15 17:29:00.000001+01", -1, "", "2040-09-15 17:29:00.000001"},
    {"5816-10-05 04:16:53.123-05:30", 0, "", "5816-10-05 04:16:53"},
    {"2066-11-21 23:14:15.123-05:30", -1, "SQL YMD postgres UTC", "11/21/2066 23:14:15.123"},
    {"1964-04-19 23:48:50-05:30", -1, "German YMD postgres UTC", "19.04.1964 23:48:50"},
    {"9801-08-20 16:26:59.123", -1, "SQL DMY postgres UTC", "20/08/9801 16:26:59.123"},
    {"1966-12-08 08:39:45.5", -1, "German YMD postgres UTC", "08.12.1966 08:39:45.5"},
    {"1981-04-26 08:12:04.5-05:30", -1, "Postgres YMD postgres UTC", "Sun Apr 26 08:12:04.5 1981"},
    {"1924-04-17 17:13:21.123-05:30", -1, "German YMD postgres UTC", "17.04.1924 17:13:21.123"},
    {"9571-03-21 14:33:35+01", -1, "", "9571-03-21 14:33:35"},
    {"1990-06-24 23:33:32", -1, "SQL MDY postgres UTC", "06/24/1990 23:33:32"},
    {"3348-11-19 16:41:05", -1, "Postgres MDY postgres UTC", "Tue Nov 19 16:41:05 3348"},
    {"1951-04-14 14:43:23.5-05:30", -1, "German DMY postgres UTC", "14.04.1951 14:43:23.5"},
    {"1965-04-01 23:34:49.000001-05:30", -1, "German MDY postgres UTC", "01.04.1965 23:34:49.000001"},
    {"1901-05-15 08:50:50.123-05:30", -1, "", "1901-05-15 08:50:50.123"},
    {"2552-07-21 23:11:53", -1, "Postgres MDY postgres UTC", "Fri Jul 21 23:11:53 2552"},
    {"1975-07-04 19:54:30", -1, "", "1975-07-04 19:54:30"},
    {"6919-01-27 09:52:39.5", -1, "SQL YMD postgres UTC", "01/27/6919 09:52:39.5"},
    {"0000-01-01", 1, "", "22008 date/time field value out of range: \"0000-01-01\""},
    {"0044-03-15 BC", -1, "", "0044-03-15 00:00:00 BC"},
    {"08-Jan-99", -1, "SQL MDY postgres UTC", "01/08/1999 00:00:00"},
    {"January 8, 99 BC", -1, "", "0099-01-08 00:00:00 BC"},
    {"1/8/1999", -1, "Postgres DMY postgres UTC", "Sun 01 Aug 00:00:00 1999"},
    {"990108", -1, "", "1999-01-08 00:00:00"},
    {"abc", -1, "", "22007 invalid input syntax for type timestamp: \"abc\""},
    {"abc", -1, "Postgres DMY postgres UTC", "22007 invalid input syntax for type timestamp: \"abc\""},
    {"2024.01.05", -1, "German MDY postgres UTC", "05.01.2024 00:00:00"},
    {"2024-01", -1, "German MDY postgres UTC", "22007 invalid input syntax for type timestamp: \"2024-01\""},
    {"2024-01-15 Mon", -1, "", "2024-01-15 00:00:00"},
    {"2001-02-04 bc ad", -1, "", "22007 invalid input syntax for type timestamp: \"2001-02-04 bc ad\""},
    {"2001-02-04 pm", -1, "ISO DMY postgres UTC", "2001-02-04 12:00:00"},
    {"2001-02-04 pm", 4, "", "2001-02-04 12:00:00"},
    {"1999 Jan 8", -1, "Postgres MDY postgres UTC", "Fri Jan 08 00:00:00 1999"},
    {"Feb 29 1900", -1, "", "22008 date/time field value out of range: \"Feb 29 1900\""},
    {"on Jan 8 1999", -1, "", "1999-01-08 00:00:00"},
};
TEST(DateTextTest, Timestamp) { Check(oid::kTimestamp, kTimestamps); }

constexpr Case kTimestamptzs[] = {
    {"2024-01-15 10:20:30+02", -1, "SQL MDY postgres America/New_York", "01/15/2024 03:20:30 EST"},
    {"2024-01-15 10:20:30-0530", -1, "ISO MDY postgres Europe/Berlin", "2024-01-15 16:50:30+01"},
    {"2024-01-15 10:20:30+05:30:15", -1, "ISO YMD postgres +02", "2024-01-15 06:50:15+02"},
    {"2024-01-15 10:20:30 +02", -1, "ISO MDY postgres Europe/Berlin", "2024-01-15 09:20:30+01"},
    {"2024-01-15 10:20:30.123456789", -1, "ISO MDY postgres Europe/Berlin", "2024-01-15 10:20:30.123457+01"},
    {"2024-01-15 10:20:30.1", -1, "ISO DMY postgres Asia/Kolkata", "2024-01-15 10:20:30.1+05:30"},
    {"2024-01-15 10:20:30.1", -1, "ISO MDY postgres America/New_York", "2024-01-15 10:20:30.1-05"},
    {"2024-01-15 10:20:61", -1, "Postgres DMY postgres America/New_York",
     "22008 date/time field value out of range: \"2024-01-15 10:20:61\""},
    {"20240115T102030", -1, "Postgres DMY postgres Europe/Berlin", "Mon 15 Jan 10:20:30 2024 CET"},
    {"20240115 102030", -1, "Postgres MDY postgres America/St_Johns", "Mon Jan 15 10:20:30 2024 NST"},
    {"20240115 102030", -1, "ISO MDY postgres America/St_Johns", "2024-01-15 10:20:30-03:30"},
    {"Mon Jan 15 10:20:30 2024", -1, "ISO MDY postgres Europe/Berlin", "2024-01-15 10:20:30+01"},
    {"0044-03-15 10:00:00 BC", -1, "ISO MDY postgres Asia/Kolkata", "0044-03-15 10:00:00+05:53:28 BC"},
    {"infinity", -1, "ISO MDY postgres +02", "infinity"},
    {"-infinity", -1, "German YMD postgres Australia/Lord_Howe", "-infinity"},
    {"-infinity", -1, "ISO MDY postgres America/New_York", "-infinity"},
    {"-infinity", -1, "ISO MDY postgres Europe/Berlin", "-infinity"},
    {"294277-01-01 00:00:00", -1, "SQL YMD postgres UTC", "22008 timestamp out of range: \"294277-01-01 00:00:00\""},
    {"4714-11-24 00:00:00 BC", -1, "ISO DMY postgres Europe/Berlin",
     "22008 timestamp out of range: \"4714-11-24 00:00:00 BC\""},
    {"2024-01-15 10:20:30+16", -1, "SQL MDY postgres UTC",
     "22009 time zone displacement out of range: \"2024-01-15 10:20:30+16\""},
    {"2024-01-15  10:20:30", -1, "German YMD postgres Australia/Lord_Howe", "15.01.2024 10:20:30 +11"},
    {"  2024-01-15 10:20:30  ", -1, "ISO DMY postgres America/New_York", "2024-01-15 10:20:30-05"},
    {"2024-01-15T10:20:30.5+02:00", -1, "German MDY postgres Asia/Kolkata", "15.01.2024 13:50:30.5 IST"},
    {"1997-02-10 17:32:01-0800", -1, "ISO MDY postgres Europe/Berlin", "1997-02-11 02:32:01+01"},
    {"J2451187-0800", -1, "ISO MDY postgres Europe/Berlin", "1999-01-08 09:00:00+01"},
    {"1999-12-31 23:59:59.9999996", -1, "ISO MDY postgres America/St_Johns", "2000-01-01 00:00:00-03:30"},
    {"1850-01-01 00:00:00", -1, "SQL MDY postgres Asia/Kolkata", "01/01/1850 00:00:00 LMT"},
    {"1959-04-22 07:48:29.123", -1, "ISO YMD postgres America/New_York", "1959-04-22 07:48:29.123-05"},
    {"1962-07-22 05:23:35.123", -1, "ISO MDY postgres Europe/Berlin", "1962-07-22 05:23:35.123+01"},
    {"1998-07-26 06:16:06.123", -1, "SQL DMY postgres +02", "26/07/1998 06:16:06.123 +02"},
    {"1952-10-07 15:06:42.000001+01", -1, "ISO MDY postgres Australia/Lord_Howe", "1952-10-08 00:06:42.000001+10"},
    {"8260-06-20 12:57:18", -1, "ISO MDY postgres Europe/Berlin", "8260-06-20 12:57:18+02"},
    {"2781-05-25 10:38:32.123+01", -1, "German YMD postgres UTC", "25.05.2781 09:38:32.123 UTC"},
    {"8938-06-27 19:51:43.5", -1, "ISO MDY postgres Europe/Berlin", "8938-06-27 19:51:43.5+02"},
    {"4898-01-23 21:15:16-05:30", -1, "ISO DMY postgres America/New_York", "4898-01-23 21:45:16-05"},
    {"5816-10-05 04:16:53.123-05:30", -1, "ISO MDY postgres Europe/Berlin", "5816-10-05 11:46:53.123+02"},
    {"2079-10-03 03:57:38.000001", -1, "SQL DMY postgres America/New_York", "03/10/2079 03:57:38.000001 EDT"},
    {"1964-04-19 23:48:50-05:30", -1, "Postgres YMD postgres UTC", "Mon Apr 20 05:18:50 1964 UTC"},
    {"1997-07-06 10:28:08.000001", -1, "SQL DMY postgres Europe/Berlin", "06/07/1997 10:28:08.000001 CEST"},
    {"1931-12-15 11:19:34.000001+01", -1, "ISO MDY postgres America/New_York", "1931-12-15 05:19:34.000001-05"},
    {"1931-12-15 11:19:34.000001+01", -1, "ISO MDY postgres America/New_York", "1931-12-15 05:19:34.000001-05"},
    {"1966-03-15 16:02:17-05:30", -1, "ISO MDY postgres Asia/Kolkata", "1966-03-16 03:02:17+05:30"},
    {"1966-03-15 16:02:17-05:30", -1, "ISO MDY postgres Europe/Berlin", "1966-03-15 22:32:17+01"},
    {"3549-08-23 16:52:46.000001+01", -1, "ISO MDY postgres America/New_York", "3549-08-23 11:52:46.000001-04"},
    {"1981-10-10 06:25:10.5", -1, "ISO MDY postgres Europe/Berlin", "1981-10-10 06:25:10.5+01"},
    {"2075-08-22 04:57:25.000001", -1, "ISO MDY postgres America/St_Johns", "2075-08-22 04:57:25.000001-02:30"},
    {"1990-06-24 23:33:32", -1, "ISO DMY postgres Asia/Kolkata", "1990-06-24 23:33:32+05:30"},
    {"1981-06-19 02:28:17.000001-05:30", -1, "German DMY postgres Asia/Kolkata", "19.06.1981 13:28:17.000001 IST"},
    {"2089-02-19 01:08:03.000001+01", -1, "Postgres DMY postgres America/St_Johns",
     "Fri 18 Feb 20:38:03.000001 2089 NST"},
    {"2089-02-19 01:08:03.000001+01", -1, "ISO MDY postgres America/New_York", "2089-02-18 19:08:03.000001-05"},
    {"1930-09-24 10:49:34.123-05:30", -1, "ISO MDY postgres Europe/Berlin", "1930-09-24 17:19:34.123+01"},
    {"1909-07-13 09:59:42", -1, "ISO MDY postgres Europe/Berlin", "1909-07-13 09:59:42+01"},
    {"1498-04-05 07:46:01+01", -1, "ISO DMY postgres America/New_York", "1498-04-05 01:49:59-04:56:02"},
    {"2073-11-24 03:16:43.123", -1, "German YMD postgres Australia/Lord_Howe", "24.11.2073 03:16:43.123 +11"},
    {"2038-05-25 03:14:32.123+01", -1, "German YMD postgres America/New_York", "24.05.2038 22:14:32.123 EDT"},
    {"8829-10-06 21:07:14.5+01", -1, "Postgres MDY postgres America/New_York", "Sat Oct 06 16:07:14.5 8829 EDT"},
    {"2024-02-30", -1, "German YMD postgres UTC", "22008 date/time field value out of range: \"2024-02-30\""},
    {"5874897-12-31", -1, "ISO MDY postgres Asia/Kolkata", "22008 timestamp out of range: \"5874897-12-31\""},
    {"4714-11-23 BC", -1, "ISO MDY postgres Australia/Lord_Howe", "22008 timestamp out of range: \"4714-11-23 BC\""},
    {"1999-Jan-08", -1, "Postgres DMY postgres America/New_York", "Fri 08 Jan 00:00:00 1999 EST"},
    {"990108", -1, "German MDY postgres Australia/Lord_Howe", "08.01.1999 00:00:00 +11"},
    {"01.02.2024", -1, "ISO MDY postgres +02", "2024-01-02 00:00:00+02"},
    {"2024-01", -1, "Postgres MDY postgres +02",
     "22007 invalid input syntax for type timestamp with time zone: \"2024-01\""},
    {"2024-01", -1, "Postgres DMY postgres America/New_York",
     "22007 invalid input syntax for type timestamp with time zone: \"2024-01\""},
    {"Monday 2024-01-15", -1, "ISO MDY postgres Europe/Berlin",
     "22007 invalid input syntax for type timestamp with time zone: \"Monday 2024-01-15\""},
    {"12-31-99", -1, "ISO YMD postgres America/St_Johns", "22008 date/time field value out of range: \"12-31-99\""},
    {"1-1-1", -1, "Postgres DMY postgres Europe/Berlin", "Mon 01 Jan 00:00:00 2001 CET"},
    {"0-1-1", -1, "ISO MDY postgres America/New_York", "22008 date/time field value out of range: \"0-1-1\""},
    {"on Jan 8 1999", -1, "Postgres MDY postgres America/St_Johns", "Fri Jan 08 00:00:00 1999 NST"},
    {"sept 9 1999", -1, "ISO MDY postgres +02", "1999-09-09 00:00:00+02"},
};
TEST(DateTextTest, Timestamptz) { Check(oid::kTimestamptz, kTimestamptzs); }

constexpr Case kIntervals[] = {
    {"1 day ago", -1, "ISO MDY sql_standard UTC", "-1 0:00:00"},
    {"P0001-02-03T04:05:06", 2147418116, "", "1 year 2 mons 3 days 04:05:06"},
    {"P1W", 2147418113, "", "7 days"},
    {"P1.5Y", 134283263, "", "1 year 6 mons"},
    {"P", -1, "ISO MDY postgres_verbose UTC", "22007 invalid input syntax for type interval: \"P\""},
    {"P", -1, "ISO MDY iso_8601 UTC", "22007 invalid input syntax for type interval: \"P\""},
    {"1.5 months", 2147418117, "", "1 mon 15 days"},
    {"1 hour 30 minutes", -1, "ISO MDY iso_8601 UTC", "PT1H30M"},
    {"5 us", 2147418117, "", "00:00:00.00001"},
    {"-1 month 1 day", -1, "ISO MDY postgres_verbose UTC", "@ 1 mon -1 days ago"},
    {"2147483647 months", -1, "ISO MDY sql_standard UTC", "178956970-7"},
    {"2147483648 months", -1, "", "22015 interval field value out of range: \"2147483648 months\""},
    {"-.5 days", -1, "", "22007 invalid input syntax for type interval: \"-.5 days\""},
    {"-.5 days", 2147418118, "", "22007 invalid input syntax for type interval: \"-.5 days\""},
    {"1000000 years", -1, "", "1000000 years"},
    {"1.1 millennium", 134283263, "", "1100 years"},
    {"-P1D", -1, "ISO MDY iso_8601 UTC", "22007 invalid input syntax for type interval: \"-P1D\""},
    {"p1d", -1, "ISO MDY postgres_verbose UTC", "22007 invalid input syntax for type interval: \"p1d\""},
    {"-19 weeks 15 hours", -1, "ISO MDY postgres_verbose UTC", "@ 133 days -15 hours ago"},
    {"-16 us +16.82366 years", -1, "ISO MDY iso_8601 UTC", "P16Y10MT-0.000016S"},
    {"-1 ms -16 mons 34 weeks 19 decades", -1, "", "188 years 8 mons 238 days -00:00:00.001"},
    {"-33 us", 134283263, "", "00:00:00"},
    {"+13.377018 hours", 2147418115, "", "13:22:37.265"},
    {"+23 min +16.199 days +32 ms 31 decades", 2147418117, "", "310 years 16 days 05:09:33.632"},
    {"21 decades 12 days 2 min +7 hours", -1, "", "210 years 12 days 07:02:00"},
    {"15.6895 hours -38 min", -1, "ISO MDY postgres_verbose UTC", "@ 15 hours 3 mins 22.2 secs"},
    {"-0 weeks", 2147418115, "", "00:00:00"},
    {"-30.936 hours -10 mons 23.255 min", 2147418116, "", "-10 mons -30:32:54.3"},
    {"+14 us", 2147418117, "", "00:00:00.00001"},
    {"-24.8 ms 19 us 39.398463 decades", -1, "", "394 years -00:00:00.024781"},
    {"-5 ms +0 years 4.90932 min +6 days", 67698687, "", "6 days"},
    {"36 min", -1, "ISO MDY iso_8601 UTC", "PT36M"},
    {"25 ms", 469827583, "", "00:00:00.025"},
    {"8 hours 12.2907 sec 24 days", -1, "ISO MDY sql_standard UTC", "24 8:00:12.2907"},
    {"-35 us +39.29 mons", -1, "ISO MDY sql_standard UTC", "+3-3 +8 +16:47:59.999965"},
    {"-30 us", -1, "ISO MDY sql_standard UTC", "-0:00:00.00003"},
    {"40 days", 469827583, "", "40 days"},
    {"17 weeks -37 us", 2147418115, "", "119 days"},
    {"+7.619816 days 23.293773 sec", -1, "", "7 days 14:52:55.396173"},
    {"+7.619816 days 23.293773 sec", -1, "", "7 days 14:52:55.396173"},
    {"-22.7 us", 134283263, "", "00:00:00"},
    {"18 years 12 mons 47 days -59:18:48.5", 2147418114, "", "19 years 47 days -59:18:48.5"},
    {"-20 years 8 mons 7 days 13:18:56.123456", 2147418113, "", "-19 years -4 mons +7 days 13:18:56.1"},
    {"-4-1 16 5:10:26", -1, "", "-4 years -1 mons +16 days 05:10:26"},
    {"17-3 -10 +0:49:48", -1, "ISO MDY sql_standard UTC", "+17-3 -10 +0:49:48"},
    {"+0-6 +0 +1:11:43", 2147418117, "", "6 mons 01:11:43"},
    {"8 years -3 mons 40 days 3:35:17.5", -1, "ISO MDY sql_standard UTC", "+7-9 +40 +3:35:17.5"},
    {"8 years -3 mons 40 days 3:35:17.5", 2147418118, "", "7 years 9 mons 40 days 03:35:17.5"},
    {"10 years -10 mons 28 days -29:27:14.5", 2147418113, "", "9 years 2 mons 28 days -29:27:14.5"},
    {"-4-3 +11 +12:48:00", 2147418114, "", "-4 years -3 mons +11 days 12:48:00"},
    {"-17 years -13 mons -27 days -29:43:32", 2147418115, "", "-18 years -1 mons -27 days -29:43:32"},
    {"+1-9 -7 +13:24:57", 201392127, "", "1 year 9 mons -7 days +13:24:00"},
    {"+3-11 +1 +6:49:21", -1, "ISO MDY sql_standard UTC", "+3-11 +1 +6:49:21"},
    {"1 years 2 mons 24 days -3:57:38.123456", -1, "ISO MDY sql_standard UTC", "+1-2 +24 -3:57:38.123456"},
    {"+10-8 +18 +19:48:42", -1, "", "10 years 8 mons 18 days 19:48:42"},
    {"+10-8 +18 +19:48:42", -1, "ISO MDY postgres_verbose UTC", "@ 10 years 8 mons 18 days 19 hours 48 mins 42 secs"},
    {"-16 years -16 mons -11 days -41:24:23.5", -1, "", "-17 years -4 mons -11 days -41:24:23.5"},
    {"+2-10 1 11:27:43", 134283263, "", "2 years 10 mons 1 day 11:27:00"},
    {"-4-11 +15 +1:51:59", -1, "", "-4 years -11 mons +15 days 01:51:59"},
    {"-4-11 +15 +1:51:59", 2147418115, "", "-4 years -11 mons +15 days 01:51:59"},
    {"-14 years 0 mons -30 days -59:55:42.5", 2147418116, "", "-14 years -30 days -59:55:42.5"},
    {"-18 years -5 mons -36 days -43:34:33", -1, "ISO MDY iso_8601 UTC", "P-18Y-5M-36DT-43H-34M-33S"},
    {"-6-11 -16 4:55:51", -1, "ISO MDY iso_8601 UTC", "P-6Y-11M-16DT4H55M51S"},
    {"14 years 19 mons -16 days 59:54:54", -1, "ISO MDY sql_standard UTC", "+15-7 -16 +59:54:54"},
    {"10-7 +5 +15:47:23", -1, "ISO MDY sql_standard UTC", "+10-7 +5 +15:47:23"},
    {"7 years -15 mons 17 days 29:38:30.5", -1, "", "5 years 9 mons 17 days 29:38:30.5"},
    {"7 years -15 mons 17 days 29:38:30.5", 2147418112, "", "5 years 9 mons 17 days 29:38:31"},
    {"-14-7 -12 12:21:50", -1, "", "-14 years -7 mons -12 days +12:21:50"},
    {"-14-7 -12 12:21:50", 201392127, "", "-14 years -7 mons -12 days +12:21:00"},
    {"+20-0 +16 +17:06:10", -1, "ISO MDY postgres_verbose UTC", "@ 20 years 16 days 17 hours 6 mins 10 secs"},
};
TEST(DateTextTest, Interval) { Check(oid::kInterval, kIntervals); }

TEST(DateTextTest, WordsDependOnTheTransaction) {
  FormatContext context;
  context.zone = *TimeZone::Load("America/New_York");
  context.now_us = *ParseTimestamptz("2024-03-10 04:30:00.25+00", -1, context);
  auto timestamp = [&](std::string_view text) {
    return ToText(Type{oid::kTimestamp}, *ParseText(Type{oid::kTimestamp}, text, context), context);
  };
  // It is still the 9th in New York.
  EXPECT_EQ(timestamp("now"), "2024-03-09 23:30:00.25");
  EXPECT_EQ(timestamp("today"), "2024-03-09 00:00:00");
  EXPECT_EQ(timestamp("tomorrow 12:00"), "2024-03-10 12:00:00");
  EXPECT_EQ(timestamp("yesterday"), "2024-03-08 00:00:00");
  EXPECT_EQ(ToText(Type{oid::kDate}, *ParseText(Type{oid::kDate}, "today", context), context), "2024-03-09");
  EXPECT_EQ(ToText(Type{oid::kTime}, *ParseText(Type{oid::kTime}, "now", context), context), "23:30:00.25");
  EXPECT_EQ(*ParseTimestamptz("now", -1, context), context.now_us);
  EXPECT_EQ(ToText(Type{oid::kTimestamptz}, *ParseText(Type{oid::kTimestamptz}, "today", context), context),
            "2024-03-09 00:00:00-05");
}

TEST(DateTextTest, EndlessInputIsRefused) {
  FormatContext context;
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "1 ";
  for (const std::string& text : {many, std::string(100000, '1'), std::string(100000, 'x'), std::string(100000, ':'),
                                  "P" + std::string(100000, '9'), std::string(5000, '-')}) {
    EXPECT_FALSE(ParseDate(text, context).ok());
    EXPECT_FALSE(ParseTime(text, -1, context).ok());
    EXPECT_FALSE(ParseTimestamptz(text, -1, context).ok());
    EXPECT_FALSE(ParseInterval(text, -1, context).ok());
  }
}

}  // namespace
}  // namespace allod
