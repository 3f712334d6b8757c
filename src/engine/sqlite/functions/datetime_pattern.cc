#include "engine/sqlite/functions/datetime_pattern.h"

#include <algorithm>

#include "base/utf8.h"

namespace allod::engine::sqlite {
namespace {

constexpr auto kN = DateMode::kNone;
constexpr auto kG = DateMode::kGregorian;
constexpr auto kI = DateMode::kIsoWeek;
constexpr auto kU = Letters::kUpper;
constexpr auto kC = Letters::kCapital;
constexpr auto kL = Letters::kLower;

// Where one keyword begins another, the longer one stands first (DCH_keywords).
constexpr DateKeyword kKeywords[] = {
    {"A.D.", DateKey::kEraDots, false, kU, kN}, {"A.M.", DateKey::kMeridiemDots, false, kU, kN},
    {"AD", DateKey::kEra, false, kU, kN}, {"AM", DateKey::kMeridiem, false, kU, kN},
    {"B.C.", DateKey::kEraDots, false, kU, kN}, {"BC", DateKey::kEra, false, kU, kN},
    {"CC", DateKey::kCentury, true, kU, kN},
    {"DAY", DateKey::kDay, false, kU, kN}, {"DDD", DateKey::kDayOfYear, true, kU, kG},
    {"DD", DateKey::kDayOfMonth, true, kU, kG}, {"DY", DateKey::kDayShort, false, kU, kN},
    {"Day", DateKey::kDay, false, kC, kN}, {"Dy", DateKey::kDayShort, false, kC, kN},
    {"D", DateKey::kDayOfWeek, true, kU, kG},
    {"FF1", DateKey::kFraction, true, kU, kN, 1}, {"FF2", DateKey::kFraction, true, kU, kN, 2},
    {"FF3", DateKey::kFraction, true, kU, kN, 3}, {"FF4", DateKey::kFraction, true, kU, kN, 4},
    {"FF5", DateKey::kFraction, true, kU, kN, 5}, {"FF6", DateKey::kFraction, true, kU, kN, 6},
    {"FX", DateKey::kFixed, false, kU, kN},
    {"HH24", DateKey::kHour24, true, kU, kN}, {"HH12", DateKey::kHour12, true, kU, kN},
    {"HH", DateKey::kHour12, true, kU, kN},
    {"IDDD", DateKey::kIsoDayOfYear, true, kU, kI}, {"ID", DateKey::kIsoDay, true, kU, kI},
    {"IW", DateKey::kIsoWeek, true, kU, kI}, {"IYYY", DateKey::kIsoYear, true, kU, kI, 4},
    {"IYY", DateKey::kIsoYear, true, kU, kI, 3}, {"IY", DateKey::kIsoYear, true, kU, kI, 2},
    {"I", DateKey::kIsoYear, true, kU, kI, 1},
    {"J", DateKey::kJulian, true, kU, kN},
    {"MI", DateKey::kMinute, true, kU, kN}, {"MM", DateKey::kMonthNumber, true, kU, kG},
    {"MONTH", DateKey::kMonth, false, kU, kG}, {"MON", DateKey::kMonthShort, false, kU, kG},
    {"MS", DateKey::kMillisecond, true, kU, kN}, {"Month", DateKey::kMonth, false, kC, kG},
    {"Mon", DateKey::kMonthShort, false, kC, kG},
    {"OF", DateKey::kOffset, false, kU, kN},
    {"P.M.", DateKey::kMeridiemDots, false, kU, kN}, {"PM", DateKey::kMeridiem, false, kU, kN},
    {"Q", DateKey::kQuarter, true, kU, kN}, {"RM", DateKey::kRoman, false, kU, kG},
    {"SSSSS", DateKey::kSecondsOfDay, true, kU, kN}, {"SSSS", DateKey::kSecondsOfDay, true, kU, kN},
    {"SS", DateKey::kSecond, true, kU, kN},
    {"TZH", DateKey::kZoneHour, false, kU, kN}, {"TZM", DateKey::kZoneMinute, true, kU, kN},
    {"TZ", DateKey::kZone, false, kU, kN},
    {"US", DateKey::kMicrosecond, true, kU, kN},
    {"WW", DateKey::kWeekOfYear, true, kU, kG}, {"W", DateKey::kWeekOfMonth, true, kU, kG},
    {"Y,YYY", DateKey::kYearComma, true, kU, kG}, {"YYYY", DateKey::kYear, true, kU, kG, 4},
    {"YYY", DateKey::kYear, true, kU, kG, 3}, {"YY", DateKey::kYear, true, kU, kG, 2},
    {"Y", DateKey::kYear, true, kU, kG, 1},
    {"a.d.", DateKey::kEraDots, false, kL, kN}, {"a.m.", DateKey::kMeridiemDots, false, kL, kN},
    {"ad", DateKey::kEra, false, kL, kN}, {"am", DateKey::kMeridiem, false, kL, kN},
    {"b.c.", DateKey::kEraDots, false, kL, kN}, {"bc", DateKey::kEra, false, kL, kN},
    {"cc", DateKey::kCentury, true, kL, kN},
    {"day", DateKey::kDay, false, kL, kN}, {"ddd", DateKey::kDayOfYear, true, kL, kG},
    {"dd", DateKey::kDayOfMonth, true, kL, kG}, {"dy", DateKey::kDayShort, false, kL, kN},
    {"d", DateKey::kDayOfWeek, true, kL, kG},
    {"ff1", DateKey::kFraction, true, kL, kN, 1}, {"ff2", DateKey::kFraction, true, kL, kN, 2},
    {"ff3", DateKey::kFraction, true, kL, kN, 3}, {"ff4", DateKey::kFraction, true, kL, kN, 4},
    {"ff5", DateKey::kFraction, true, kL, kN, 5}, {"ff6", DateKey::kFraction, true, kL, kN, 6},
    {"fx", DateKey::kFixed, false, kL, kN},
    {"hh24", DateKey::kHour24, true, kL, kN}, {"hh12", DateKey::kHour12, true, kL, kN},
    {"hh", DateKey::kHour12, true, kL, kN},
    {"iddd", DateKey::kIsoDayOfYear, true, kL, kI}, {"id", DateKey::kIsoDay, true, kL, kI},
    {"iw", DateKey::kIsoWeek, true, kL, kI}, {"iyyy", DateKey::kIsoYear, true, kL, kI, 4},
    {"iyy", DateKey::kIsoYear, true, kL, kI, 3}, {"iy", DateKey::kIsoYear, true, kL, kI, 2},
    {"i", DateKey::kIsoYear, true, kL, kI, 1},
    {"j", DateKey::kJulian, true, kL, kN},
    {"mi", DateKey::kMinute, true, kL, kN}, {"mm", DateKey::kMonthNumber, true, kL, kG},
    {"month", DateKey::kMonth, false, kL, kG}, {"mon", DateKey::kMonthShort, false, kL, kG},
    {"ms", DateKey::kMillisecond, true, kL, kN},
    {"of", DateKey::kOffset, false, kL, kN},
    {"p.m.", DateKey::kMeridiemDots, false, kL, kN}, {"pm", DateKey::kMeridiem, false, kL, kN},
    {"q", DateKey::kQuarter, true, kL, kN}, {"rm", DateKey::kRoman, false, kL, kG},
    {"sssss", DateKey::kSecondsOfDay, true, kL, kN}, {"ssss", DateKey::kSecondsOfDay, true, kL, kN},
    {"ss", DateKey::kSecond, true, kL, kN},
    {"tzh", DateKey::kZoneHour, false, kL, kN}, {"tzm", DateKey::kZoneMinute, true, kL, kN},
    {"tz", DateKey::kZone, false, kL, kN},
    {"us", DateKey::kMicrosecond, true, kL, kN},
    {"ww", DateKey::kWeekOfYear, true, kL, kG}, {"w", DateKey::kWeekOfMonth, true, kL, kG},
    {"y,yyy", DateKey::kYearComma, true, kL, kG}, {"yyyy", DateKey::kYear, true, kL, kG, 4},
    {"yyy", DateKey::kYear, true, kL, kG, 3}, {"yy", DateKey::kYear, true, kL, kG, 2},
    {"y", DateKey::kYear, true, kL, kG, 1},
};

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsSeparator(char c) {
  return c > 0x20 && c < 0x7F && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9');
}

}  // namespace

std::vector<DateNode> ReadDatePattern(std::string_view format) {
  std::vector<DateNode> nodes;
  auto character = [&](bool quoted) {
    size_t n = std::clamp<size_t>(Utf8CharLength(format), 1, format.size());
    DateNode node{DateNode::Kind::kCharacter};
    node.text = format.substr(0, n);
    if (!quoted && n == 1 && IsSeparator(format.front())) node.kind = DateNode::Kind::kSeparator;
    else if (!quoted && n == 1 && IsSpace(format.front())) node.kind = DateNode::Kind::kSpace;
    nodes.push_back(node);
    format.remove_prefix(n);
  };
  while (!format.empty()) {
    DateNode node{DateNode::Kind::kField};
    if (format.starts_with("FM") || format.starts_with("fm")) {
      node.fill_mode = true;
      format.remove_prefix(2);
    } else if (format.starts_with("TM") || format.starts_with("tm")) {
      node.translated = true;
      format.remove_prefix(2);
    }
    if (format.empty()) break;
    auto it = std::find_if(std::begin(kKeywords), std::end(kKeywords),
                           [&](const DateKeyword& k) { return format.starts_with(k.name); });
    if (it != std::end(kKeywords)) {
      node.field = it;
      format.remove_prefix(it->name.size());
      if (format.starts_with("TH") || format.starts_with("th")) {
        node.ordinal = true;
        node.ordinal_upper = format.front() == 'T';
        format.remove_prefix(2);
      } else if (format.starts_with("SP")) {
        format.remove_prefix(2);  // not implemented in PostgreSQL either
      }
      nodes.push_back(node);
    } else if (format.front() == '"') {
      format.remove_prefix(1);
      while (!format.empty() && format.front() != '"') {
        if (format.front() == '\\' && format.size() > 1) format.remove_prefix(1);
        character(true);
      }
      if (!format.empty()) format.remove_prefix(1);
    } else {
      if (format.front() == '\\' && format.size() > 1 && format[1] == '"') format.remove_prefix(1);
      character(false);
    }
  }
  return nodes;
}

}  // namespace allod::engine::sqlite
