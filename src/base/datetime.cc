#include "base/datetime.h"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <mutex>
#include <vector>

#include "base/civil.h"
#include "base/datetime_scan.h"

namespace allod {
namespace {

constexpr int kMaxOffset = 168 * 3600;  // PostgreSQL's limit for POSIX zones: a week

constexpr int64_t kEpochSeconds = 946684800;  // 2000-01-01, since 1970

int64_t FloorSeconds(int64_t us) {
  int64_t seconds = us / kUsPerSecond;
  return us % kUsPerSecond < 0 ? seconds - 1 : seconds;
}

class FixedZone : public TimeZone {
 public:
  FixedZone(std::string name, std::string abbreviation, int offset)
      : name_(std::move(name)), abbreviation_(std::move(abbreviation)), offset_(offset) {}
  std::string_view name() const override { return name_; }
  int OffsetAt(int64_t, std::string* abbreviation) const override {
    if (abbreviation != nullptr) *abbreviation = abbreviation_;
    return offset_;
  }
  int64_t ToInstant(int64_t local_us) const override {
    int64_t instant = 0;
    bool overflow = __builtin_sub_overflow(local_us, offset_ * kUsPerSecond, &instant);
    return overflow ? kTimestampInfinity - 1 : instant;  // out of any range, as the caller finds
  }

 private:
  const std::string name_, abbreviation_;
  const int offset_;
};

class DatabaseZone : public TimeZone {
 public:
  DatabaseZone(std::string name, absl::TimeZone zone) : name_(std::move(name)), zone_(zone) {}
  std::string_view name() const override { return name_; }

  int OffsetAt(int64_t instant_us, std::string* abbreviation) const override {
    absl::TimeZone::CivilInfo info = zone_.At(absl::FromUnixSeconds(FloorSeconds(instant_us) + kEpochSeconds));
    if (abbreviation != nullptr) *abbreviation = info.zone_abbr;
    return info.offset;
  }

  int64_t ToInstant(int64_t local_us) const override {
    int64_t seconds = FloorSeconds(local_us), micros = local_us - seconds * kUsPerSecond, instant = 0;
    absl::TimeZone::TimeInfo info = zone_.At(absl::CivilSecond(2000, 1, 1) + seconds);
    // In a gap the offset before it holds (the time moves forward); in an overlap the later one (PostgreSQL's
    // DetermineTimeZoneOffset).
    absl::Time t = info.kind == absl::TimeZone::TimeInfo::REPEATED ? info.post : info.pre;
    if (__builtin_mul_overflow(absl::ToUnixSeconds(t) - kEpochSeconds, kUsPerSecond, &instant) ||
        __builtin_add_overflow(instant, micros, &instant)) {
      return kTimestampInfinity - 1;  // out of any range, as the caller finds
    }
    return instant;
  }

 private:
  const std::string name_;
  const absl::TimeZone zone_;
};

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    auto lower = [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; };
    return lower(x) == lower(y);
  });
}

// The name as the tz database spells it; "" if it has no such zone.
std::string SpellZone(std::string_view name) {
  namespace fs = std::filesystem;
  for (char c : name) {
    bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
                c == '+' || c == '/';
    if (!good) return "";
  }
  fs::path directory = "/usr/share/zoneinfo";
  std::string spelled;
  for (std::string_view rest = name;;) {
    size_t slash = rest.find('/');
    std::string_view part = rest.substr(0, slash);
    if (part.empty()) return "";
    std::string found;
    std::error_code error;
    if (fs::exists(directory / part, error)) {
      found = part;
    } else {
      for (const auto& entry : fs::directory_iterator(directory, error)) {
        std::string candidate = entry.path().filename().string();
        if (EqualIgnoringCase(candidate, part)) {
          found = candidate;
          break;
        }
      }
    }
    if (found.empty()) return "";
    spelled += (spelled.empty() ? "" : "/") + found;
    directory /= found;
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  std::error_code error;
  return fs::is_regular_file(directory, error) ? spelled : "";
}

// "[+-]hh[:mm[:ss]]", all of the text, in seconds.
bool ReadOffset(std::string_view text, int* seconds) {
  bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  int total = 0;
  for (int unit : {3600, 60, 1}) {
    int value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value < 0 || value > (unit == 3600 ? 167 : 59)) return false;
    total += value * unit;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    if (text.empty()) {
      *seconds = negative ? -total : total;
      return true;
    }
    if (text[0] != ':') return false;
    text.remove_prefix(1);
  }
  return false;
}

// "UTC+3", "<+02>-02", "+02:30": a name (maybe none) and the offset west of UTC.
std::shared_ptr<const TimeZone> PosixZone(std::string_view text) {
  std::string_view abbreviation, rest = text;
  if (!rest.empty() && rest[0] == '<') {
    size_t close = rest.find('>');
    if (close == std::string_view::npos) return nullptr;
    abbreviation = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
  } else {
    size_t n = 0;
    while (n < rest.size() && ((rest[n] >= 'a' && rest[n] <= 'z') || (rest[n] >= 'A' && rest[n] <= 'Z'))) ++n;
    abbreviation = rest.substr(0, n);
    rest.remove_prefix(n);
  }
  int west = 0;
  if (!ReadOffset(rest, &west)) return nullptr;
  return std::make_shared<FixedZone>(std::string(text), std::string(abbreviation), -west);
}

std::string OffsetText(int seconds) {
  std::string out = seconds < 0 ? "-" : "+";
  int s = seconds < 0 ? -seconds : seconds;
  auto two = [&](int v) {
    out += static_cast<char>('0' + v / 10 % 10);
    out += static_cast<char>('0' + v % 10);
  };
  if (s / 3600 >= 100) out += static_cast<char>('0' + s / 3600 / 100);
  two(s / 3600);
  if (s % 3600 != 0) {
    out += ':';
    two(s / 60 % 60);
  }
  if (s % 60 != 0) {
    out += ':';
    two(s % 60);
  }
  return out;
}

}  // namespace

std::shared_ptr<const TimeZone> TimeZone::Utc() {
  static const auto* const utc = new std::shared_ptr<const TimeZone>(std::make_shared<FixedZone>("UTC", "UTC", 0));
  return *utc;
}

std::shared_ptr<const TimeZone> FindZoneByName(std::string_view name) {
  if (name.empty() || name.size() > 255) return nullptr;
  if (EqualIgnoringCase(name, "UTC")) return TimeZone::Utc();
  // Loaded zones are kept: there are some hundreds at most.
  static auto* const mutex = new std::mutex;
  static auto* const loaded = new std::map<std::string, std::shared_ptr<const TimeZone>, std::less<>>;
  std::string key(name);
  for (char& c : key) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  {
    std::lock_guard lock(*mutex);
    if (auto found = loaded->find(key); found != loaded->end()) return found->second;
  }
  if (std::string spelled = SpellZone(name); !spelled.empty()) {
    absl::TimeZone zone;
    if (absl::LoadTimeZone(spelled, &zone)) {
      auto result = std::make_shared<DatabaseZone>(spelled, zone);
      std::lock_guard lock(*mutex);
      return loaded->emplace(std::move(key), std::move(result)).first->second;
    }
  }
  return PosixZone(name);
}

Result<std::shared_ptr<const TimeZone>> TimeZone::Fixed(int64_t seconds) {
  if (seconds < -kMaxOffset || seconds > kMaxOffset) {
    return Fail(sqlstate::kInvalidParameterValue, "UTC timezone offset is out of range.");
  }
  int east = static_cast<int>(seconds);
  std::string abbreviation = OffsetText(east);
  std::string name = "<" + abbreviation + ">" + OffsetText(-east);
  return std::shared_ptr<const TimeZone>(std::make_shared<FixedZone>(std::move(name), std::move(abbreviation), east));
}

Result<std::shared_ptr<const TimeZone>> TimeZone::Load(std::string_view name) {
  auto invalid = [&] {
    return Fail(sqlstate::kInvalidParameterValue,
                "invalid value for parameter \"TimeZone\": \"" + std::string(name) + "\"");
  };
  // A bare number is hours east of UTC.
  std::string_view number = name;
  if (!number.empty() && number[0] == '+') number.remove_prefix(1);
  double hours = 0;
  auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), hours, std::chars_format::fixed);
  if (!number.empty() && error == std::errc() && end == number.data() + number.size()) {
    if (!(hours >= -168 && hours <= 168)) return invalid().Detail("UTC timezone offset is out of range.");
    return Fixed(static_cast<int64_t>(hours * 3600));
  }
  if (auto zone = FindZoneByName(name); zone != nullptr) return zone;
  return invalid();
}

Result<std::shared_ptr<const TimeZone>> TimeZone::ForExpression(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  if (const ZoneAbbreviation* abbreviation = FindZoneAbbreviation(lower); abbreviation != nullptr) {
    if (abbreviation->zone.empty()) {
      if (abbreviation->offset == 0) return Utc();
      return std::shared_ptr<const TimeZone>(
          std::make_shared<FixedZone>(std::string(name), std::string(name), abbreviation->offset));
    }
    if (auto zone = FindZoneByName(abbreviation->zone); zone != nullptr) return zone;
  }
  if (auto zone = FindZoneByName(name); zone != nullptr) return zone;
  return Fail(sqlstate::kInvalidParameterValue, "time zone \"" + std::string(name) + "\" not recognized");
}

}  // namespace allod
