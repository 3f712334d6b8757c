#include <array>

#include "base/date_decoder.h"

namespace allod {
namespace {

using Token = DateToken;

// PostgreSQL's datetktbl.
constexpr auto kWords = std::to_array<DateWord>({
    {"-infinity", Token::kMinusInfinity},
    {"ad", Token::kAd},
    {"allballs", Token::kMidnight},
    {"am", Token::kAm},
    {"apr", Token::kMonth, 4},
    {"april", Token::kMonth, 4},
    {"at", Token::kIgnore},
    {"aug", Token::kMonth, 8},
    {"august", Token::kMonth, 8},
    {"bc", Token::kBc},
    {"d", Token::kLabel, kLabelDay},
    {"dec", Token::kMonth, 12},
    {"december", Token::kMonth, 12},
    {"dow", Token::kLabel, kLabelOther},
    {"doy", Token::kLabel, kLabelOther},
    {"dst", Token::kSummer, 3600},
    {"epoch", Token::kEpoch},
    {"feb", Token::kMonth, 2},
    {"february", Token::kMonth, 2},
    {"fri", Token::kWeekday},
    {"friday", Token::kWeekday},
    {"h", Token::kLabel, kLabelHour},
    {"infinity", Token::kInfinity},
    {"isodow", Token::kLabel, kLabelOther},
    {"isoyear", Token::kLabel, kLabelOther},
    {"j", Token::kLabel, kLabelJulian},
    {"jan", Token::kMonth, 1},
    {"january", Token::kMonth, 1},
    {"jd", Token::kLabel, kLabelJulian},
    {"jul", Token::kMonth, 7},
    {"julian", Token::kLabel, kLabelJulian},
    {"july", Token::kMonth, 7},
    {"jun", Token::kMonth, 6},
    {"june", Token::kMonth, 6},
    {"m", Token::kLabel, kLabelMonth},
    {"mar", Token::kMonth, 3},
    {"march", Token::kMonth, 3},
    {"may", Token::kMonth, 5},
    {"mm", Token::kLabel, kLabelMinute},
    {"mon", Token::kWeekday},
    {"monday", Token::kWeekday},
    {"nov", Token::kMonth, 11},
    {"november", Token::kMonth, 11},
    {"now", Token::kNow},
    {"oct", Token::kMonth, 10},
    {"october", Token::kMonth, 10},
    {"on", Token::kIgnore},
    {"pm", Token::kPm},
    {"s", Token::kLabel, kLabelSecond},
    {"sat", Token::kWeekday},
    {"saturday", Token::kWeekday},
    {"sep", Token::kMonth, 9},
    {"sept", Token::kMonth, 9},
    {"september", Token::kMonth, 9},
    {"sun", Token::kWeekday},
    {"sunday", Token::kWeekday},
    {"t", Token::kIsoTime},
    {"thu", Token::kWeekday},
    {"thur", Token::kWeekday},
    {"thurs", Token::kWeekday},
    {"thursday", Token::kWeekday},
    {"today", Token::kToday},
    {"tomorrow", Token::kTomorrow},
    {"tue", Token::kWeekday},
    {"tues", Token::kWeekday},
    {"tuesday", Token::kWeekday},
    {"wed", Token::kWeekday},
    {"wednesday", Token::kWeekday},
    {"weds", Token::kWeekday},
    {"y", Token::kLabel, kLabelYear},
    {"yesterday", Token::kYesterday},
});

}  // namespace

DateWord FindDateWord(std::string_view text) {
  for (const DateWord& w : kWords) {
    if (w.text == text) return w;
  }
  return DateWord{text, Token::kUnknown, 0};
}

}  // namespace allod
