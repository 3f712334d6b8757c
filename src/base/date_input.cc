// Dates, times and timestamps from text. What most programs send (ISO 8601) is read by a short way; all else by
// DateDecoder.
#include <memory>

#include "base/civil.h"
#include "base/date_decoder.h"
#include "base/datetime_scan.h"

namespace allod {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

Status DecodeFailure(const DateDecoder& decoder, ScanError error, std::string_view text, std::string_view type) {
  if (error == ScanError::kUnknownZone) {
    return Fail(sqlstate::kInvalidParameterValue, "time zone \"" + decoder.unknown_zone + "\" not recognized");
  }
  return ScanFailure(error, text, type);
}

// The short way: "yyyy-mm-dd", then for timestamps "[ T]hh:mm:ss[.ffffff]" and "Z" or "[+-]hh[[:]mm]". False: not so,
// or not certainly right; the long way decides.
struct Iso {
  Civil civil;
  bool timed = false, zoned = false;
  int offset = 0;
};
bool ReadTwo(std::string_view s, size_t at, int* v) {
  if (at + 2 > s.size() || !IsDigit(s[at]) || !IsDigit(s[at + 1])) return false;
  *v = (s[at] - '0') * 10 + (s[at + 1] - '0');
  return true;
}
bool ReadIsoClock(std::string_view s, size_t* at, Civil* c) {
  size_t i = *at;
  if (!ReadTwo(s, i, &c->hour) || i + 8 > s.size() || s[i + 2] != ':' || !ReadTwo(s, i + 3, &c->minute) ||
      s[i + 5] != ':' || !ReadTwo(s, i + 6, &c->second)) {
    return false;
  }
  if (c->hour > 23 || c->minute > 59 || c->second > 59) return false;
  i += 8;
  c->microsecond = 0;
  if (i < s.size() && s[i] == '.') {
    int digits = 0;
    for (++i; i < s.size() && IsDigit(s[i]); ++i) {
      if (++digits > 6) return false;
      c->microsecond = c->microsecond * 10 + (s[i] - '0');
    }
    if (digits == 0) return false;
    for (; digits < 6; ++digits) c->microsecond *= 10;
  }
  *at = i;
  return true;
}
bool ReadIso(std::string_view s, Iso* out) {
  int high = 0, low = 0;
  if (s.size() < 10 || !ReadTwo(s, 0, &high) || !ReadTwo(s, 2, &low) || s[4] != '-' || s[7] != '-') return false;
  Civil& c = out->civil;
  if (!ReadTwo(s, 5, &c.month) || !ReadTwo(s, 8, &c.day)) return false;
  c.year = high * 100 + low;
  if (c.year == 0 || c.month < 1 || c.month > 12 || c.day < 1 || c.day > DaysInMonth(c.year, c.month)) return false;
  size_t i = 10;
  if (i == s.size()) return true;
  if (s[i] != ' ' && s[i] != 'T') return false;
  ++i;
  if (!ReadIsoClock(s, &i, &c)) return false;
  out->timed = true;
  if (i == s.size()) return true;
  out->zoned = true;
  if (s[i] == 'Z') return i + 1 == s.size();
  if (s[i] != '+' && s[i] != '-') return false;
  int hour = 0, minute = 0;
  if (!ReadTwo(s, i + 1, &hour) || hour > 15) return false;
  size_t rest = i + 3;
  if (rest < s.size()) {
    if (s[rest] == ':') ++rest;
    if (!ReadTwo(s, rest, &minute) || minute > 59 || rest + 2 != s.size()) return false;
  }
  out->offset = (hour * 60 + minute) * 60;
  if (s[i] == '-') out->offset = -out->offset;
  return true;
}

int64_t TimestampOf(const Civil& c) {
  return DaysFromCivil(c.year, c.month, c.day) * kUsPerDay +
         ((int64_t{c.hour} * 60 + c.minute) * 60 + c.second) * kUsPerSecond + c.microsecond;
}

int64_t WithTypmod(int64_t timestamp, int32_t typmod) {
  return typmod < 0 ? timestamp : RoundTimestamp(timestamp, typmod);
}

Result<int64_t> ParseInstant(std::string_view text, int32_t typmod, const FormatContext& context, bool with_zone,
                             std::string_view type) {
  Iso iso;
  if (ReadIso(text, &iso)) {
    int64_t local = TimestampOf(iso.civil);
    if (with_zone) local = iso.zoned ? local - iso.offset * kUsPerSecond : context.zone->ToInstant(local);
    return WithTypmod(local, typmod);
  }
  auto fields = std::make_unique<ScannedFields>();
  DateDecoder decoder(context);
  ScanError error = ScanFields(text, fields.get());
  if (error == ScanError::kNone) error = decoder.DateTime(*fields);
  if (error != ScanError::kNone) return DecodeFailure(decoder, error, text, type);
  if (decoder.kind == DateToken::kInfinity) return kTimestampInfinity;
  if (decoder.kind == DateToken::kMinusInfinity) return kTimestampMinusInfinity;
  if (decoder.kind == DateToken::kEpoch) return WithTypmod(kUnixEpochUs, typmod);
  auto out_of_range = [&] {
    return Fail(sqlstate::kDatetimeFieldOverflow, "timestamp out of range: \"" + std::string(text) + "\"");
  };
  // The local time may be out of range by an offset while the instant is in it.
  const Civil& c = decoder.civil;
  if (c.year < -4714 || c.year > 294277) return out_of_range();
  int64_t days = DaysFromCivil(c.year, c.month, c.day), local = 0;
  int64_t time = ((int64_t{c.hour} * 60 + c.minute) * 60 + c.second) * kUsPerSecond + c.microsecond;
  if (__builtin_mul_overflow(days, kUsPerDay, &local) || __builtin_add_overflow(local, time, &local))
    return out_of_range();
  if (with_zone) {
    if (decoder.zone != nullptr) {
      local = decoder.zone->ToInstant(local);
    } else if (decoder.zoned) {
      if (__builtin_sub_overflow(local, decoder.offset * kUsPerSecond, &local)) return out_of_range();
    } else {
      local = context.zone->ToInstant(local);
    }
  }
  if (local < kMinTimestamp || local >= kEndTimestamp) return out_of_range();
  return WithTypmod(local, typmod);
}

}  // namespace

Result<int32_t> ParseDate(std::string_view text, const FormatContext& context) {
  Iso iso;
  if (text.size() == 10 && ReadIso(text, &iso)) return DaysFromCivil(iso.civil.year, iso.civil.month, iso.civil.day);
  auto fields = std::make_unique<ScannedFields>();
  DateDecoder decoder(context);
  ScanError error = ScanFields(text, fields.get());
  if (error == ScanError::kNone) error = decoder.DateTime(*fields);
  if (error != ScanError::kNone) return DecodeFailure(decoder, error, text, "date");
  if (decoder.kind == DateToken::kInfinity) return kDateInfinity;
  if (decoder.kind == DateToken::kMinusInfinity) return kDateMinusInfinity;
  if (decoder.kind == DateToken::kEpoch) return -10957;
  const Civil& c = decoder.civil;
  int32_t days = 0;
  bool good = c.year >= -4713 && c.year <= 5874897;
  if (good) days = DaysFromCivil(c.year, c.month, c.day);
  if (!good || days < kMinDate || days >= kEndDate) {
    return Fail(sqlstate::kDatetimeFieldOverflow, "date out of range: \"" + std::string(text) + "\"");
  }
  return days;
}

Result<int64_t> ParseTime(std::string_view text, int32_t typmod, const FormatContext& context) {
  Civil c;
  size_t end = 0;
  if (!ReadIsoClock(text, &end, &c) || end != text.size()) {
    auto fields = std::make_unique<ScannedFields>();
    DateDecoder decoder(context);
    ScanError error = ScanFields(text, fields.get());
    if (error == ScanError::kNone) error = decoder.TimeOnly(*fields);
    if (error != ScanError::kNone) return DecodeFailure(decoder, error, text, "time");
    c = decoder.civil;
  }
  int64_t time = ((int64_t{c.hour} * 60 + c.minute) * 60 + c.second) * kUsPerSecond + c.microsecond;
  return typmod < 0 ? time : RoundTime(time, typmod);
}

Result<int64_t> ParseTimestamp(std::string_view text, int32_t typmod, const FormatContext& context) {
  return ParseInstant(text, typmod, context, false, "timestamp");
}

Result<int64_t> ParseTimestamptz(std::string_view text, int32_t typmod, const FormatContext& context) {
  return ParseInstant(text, typmod, context, true, "timestamp with time zone");
}

int64_t RoundTimestamp(int64_t timestamp, int32_t typmod) {
  if (typmod < 0 || typmod > 6 || IsInfiniteTimestamp(timestamp)) return timestamp;
  static constexpr int64_t kUnits[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
  int64_t unit = kUnits[typmod], half = unit / 2;
  return timestamp >= 0 ? (timestamp + half) / unit * unit : -((-timestamp + half) / unit * unit);
}

int64_t RoundTime(int64_t time, int32_t typmod) { return RoundTimestamp(time, typmod); }

}  // namespace allod
