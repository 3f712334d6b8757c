#include "base/datetime_scan.h"

#include <charconv>
#include <cmath>

#include "base/date_decoder.h"

namespace allod {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsAlnum(char c) { return IsDigit(c) || IsAlpha(c); }
bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsPunctuation(char c) { return c > ' ' && c < 0x7f && !IsAlnum(c); }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

ScanError ScanFields(std::string_view input, ScannedFields* out) {
  size_t i = 0, used = 0;
  auto at = [&](size_t k) { return k < input.size() ? input[k] : '\0'; };
  out->count = 0;
  while (i < input.size()) {
    char c = input[i];
    if (IsSpace(c)) {
      ++i;
      continue;
    }
    if (out->count >= ScannedFields::kMaxFields) return ScanError::kBadFormat;
    size_t start = used;
    bool overflow = false;
    auto take = [&] {
      if (used >= ScannedFields::kMaxText) {
        overflow = true;
      } else {
        out->buffer[used++] = Lower(input[i]);
      }
      ++i;
    };
    auto take_while = [&](auto test) {
      while (i < input.size() && test(input[i])) take();
    };
    ScanType type = ScanType::kNumber;
    if (IsDigit(c)) {
      take_while(IsDigit);
      if (at(i) == ':') {
        type = ScanType::kTime;
        take_while([](char x) { return IsDigit(x) || x == ':' || x == '.'; });
      } else if (at(i) == '-' || at(i) == '/' || at(i) == '.') {
        char delimiter = at(i);
        take();
        if (IsDigit(at(i))) {
          type = delimiter == '.' ? ScanType::kNumber : ScanType::kDate;
          take_while(IsDigit);
          if (at(i) == delimiter) {
            type = ScanType::kDate;
            take_while([&](char x) { return IsDigit(x) || x == delimiter; });
          }
        } else {
          type = ScanType::kDate;
          take_while([&](char x) { return IsAlnum(x) || x == delimiter; });
        }
      }
    } else if (c == '.') {
      take();
      take_while(IsDigit);
    } else if (IsAlpha(c)) {
      type = ScanType::kString;
      take_while(IsAlpha);
      bool date = at(i) == '-' || at(i) == '/' || at(i) == '.';
      if (!date && (at(i) == '+' || IsDigit(at(i)))) {
        // A known word ends here ("j2451545", "y2001m02d04"); any other may be a zone's name.
        date = FindDateWord(std::string_view(out->buffer.data() + start, used - start)).token == DateToken::kUnknown;
      }
      if (date) {
        type = ScanType::kDate;
        take_while(
            [](char x) { return x == '+' || x == '-' || x == '/' || x == '_' || x == '.' || x == ':' || IsAlnum(x); });
      }
    } else if (c == '+' || c == '-') {
      take();
      while (IsSpace(at(i))) ++i;
      if (IsDigit(at(i))) {
        type = ScanType::kZone;
        take_while([](char x) { return IsDigit(x) || x == ':' || x == '.' || x == '-'; });
      } else if (IsAlpha(at(i))) {
        type = ScanType::kSpecial;
        take_while(IsAlpha);
      } else {
        return ScanError::kBadFormat;
      }
    } else if (IsPunctuation(c)) {
      ++i;
      continue;
    } else {
      return ScanError::kBadFormat;
    }
    if (overflow) return ScanError::kBadFormat;
    auto n = static_cast<size_t>(out->count++);
    out->text[n] = std::string_view(out->buffer.data() + start, used - start);
    out->type[n] = type;
  }
  return ScanError::kNone;
}

Status ScanFailure(ScanError error, std::string_view input, std::string_view type) {
  std::string quoted = "\"" + std::string(input) + "\"";
  switch (error) {
    case ScanError::kFieldOverflow:
      return Fail(sqlstate::kDatetimeFieldOverflow, "date/time field value out of range: " + quoted);
    case ScanError::kMonthDayOverflow:
      return Fail(sqlstate::kDatetimeFieldOverflow, "date/time field value out of range: " + quoted)
          .Hint("Perhaps you need a different \"datestyle\" setting.");
    case ScanError::kIntervalOverflow:
      return Fail(sqlstate::kIntervalFieldOverflow, "interval field value out of range: " + quoted);
    case ScanError::kZoneOverflow:
      return Fail(sqlstate::kInvalidTimeZoneDisplacement, "time zone displacement out of range: " + quoted);
    default:
      return Fail(sqlstate::kInvalidDatetimeFormat,
                  "invalid input syntax for type " + std::string(type) + ": " + quoted);
  }
}

bool ScanInt64(std::string_view text, int64_t* value, std::string_view* rest) {
  const char* begin = text.data();
  const char* end = begin + text.size();
  *value = 0;
  *rest = text;
  if (begin != end && *begin == '+') ++begin;
  auto [p, error] = std::from_chars(begin, end, *value);
  if (error == std::errc::invalid_argument) return true;  // no digits: strtol leaves all of it
  *rest = std::string_view(p, static_cast<size_t>(end - p));
  return error == std::errc();
}

bool ScanInt(std::string_view text, int* value, std::string_view* rest) {
  int64_t wide = 0;
  if (!ScanInt64(text, &wide, rest) || wide < INT32_MIN || wide > INT32_MAX) return false;
  *value = static_cast<int>(wide);
  return true;
}

bool ScanFraction(std::string_view text, double* value) {
  *value = 0;
  if (text == ".") return true;
  if (text.size() < 2 || text[0] != '.') return false;
  for (char c : text.substr(1)) {
    if (!IsDigit(c)) return false;
  }
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return (error == std::errc() || error == std::errc::result_out_of_range) && end == text.data() + text.size();
}

bool ScanFractionalSecond(std::string_view text, int* micros) {
  double fraction = 0;
  if (!ScanFraction(text, &fraction)) return false;
  *micros = static_cast<int>(std::rint(fraction * 1e6));
  return true;
}

}  // namespace allod
