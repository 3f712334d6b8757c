#include "engine/sqlite/functions/format_number.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/utf8.h"

namespace allod::engine::sqlite {
namespace {

enum class Key {
  kComma, kPoint, kZero, kNine, kB, kC, kD, kExponent, kFillMode, kG, kL, kMinus, kPlus, kBracket, kRoman, kRomanLower,
  kSign, kSp, kS, kThUpper, kThLower, kV,
};
struct Keyword {
  std::string_view name;
  Key key;
};
constexpr Keyword kKeywords[] = {
    {",", Key::kComma}, {".", Key::kPoint}, {"0", Key::kZero}, {"9", Key::kNine}, {"B", Key::kB}, {"C", Key::kC},
    {"D", Key::kD}, {"EEEE", Key::kExponent}, {"FM", Key::kFillMode}, {"G", Key::kG}, {"L", Key::kL},
    {"MI", Key::kMinus}, {"PL", Key::kPlus}, {"PR", Key::kBracket}, {"RN", Key::kRoman}, {"SG", Key::kSign},
    {"SP", Key::kSp}, {"S", Key::kS}, {"TH", Key::kThUpper}, {"V", Key::kV}, {"b", Key::kB}, {"c", Key::kC},
    {"d", Key::kD}, {"eeee", Key::kExponent}, {"fm", Key::kFillMode}, {"g", Key::kG}, {"l", Key::kL},
    {"mi", Key::kMinus}, {"pl", Key::kPlus}, {"pr", Key::kBracket}, {"rn", Key::kRomanLower}, {"sg", Key::kSign},
    {"sp", Key::kSp}, {"s", Key::kS}, {"th", Key::kThLower}, {"v", Key::kV},
};

struct Node {
  bool action = false;
  Key key = Key::kNine;
  std::string_view text;  // a character that stands for itself
};

enum class SignPlace { kNone, kBefore, kAfter };

struct Pattern {
  std::vector<Node> nodes;
  int pre = 0, post = 0, multi = 0, zero_start = 0, zero_end = 0, pre_lsign_num = 0;
  SignPlace lsign = SignPlace::kNone;
  bool decimal = false, zero = false, blank = false, fill_mode = false, has_lsign = false, bracket = false,
       minus = false, plus = false, roman = false, has_multi = false, exponent = false;
};

Status Bad(std::string message) { return Fail(sqlstate::kSyntaxError, std::move(message)); }

Status Note(Pattern& p, Key key) {
  if (p.exponent && key != Key::kExponent) return Bad("\"EEEE\" must be the last pattern used");
  switch (key) {
    case Key::kNine:
      if (p.bracket) return Bad("\"9\" must be ahead of \"PR\"");
      if (p.has_multi) ++p.multi;
      else if (p.decimal) ++p.post;
      else ++p.pre;
      break;
    case Key::kZero:
      if (p.bracket) return Bad("\"0\" must be ahead of \"PR\"");
      if (!p.zero && !p.decimal) {
        p.zero = true;
        p.zero_start = p.pre + 1;
      }
      if (!p.decimal) ++p.pre;
      else ++p.post;
      p.zero_end = p.pre + p.post;
      break;
    case Key::kB:
      if (p.pre == 0 && p.post == 0 && !p.zero) p.blank = true;
      break;
    case Key::kD:
    case Key::kPoint:
      if (p.decimal) return Bad("multiple decimal points");
      if (p.has_multi) return Bad("cannot use \"V\" and decimal point together");
      p.decimal = true;
      break;
    case Key::kFillMode: p.fill_mode = true; break;
    case Key::kS:
      if (p.has_lsign) return Bad("cannot use \"S\" twice");
      if (p.plus || p.minus || p.bracket) {
        return Bad("cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together");
      }
      if (!p.decimal) {
        p.lsign = SignPlace::kBefore;
        p.pre_lsign_num = p.pre;
        p.has_lsign = true;
      } else if (p.lsign == SignPlace::kNone) {
        p.lsign = SignPlace::kAfter;
        p.has_lsign = true;
      }
      break;
    case Key::kMinus:
      if (p.has_lsign) return Bad("cannot use \"S\" and \"MI\" together");
      p.minus = true;
      break;
    case Key::kPlus:
      if (p.has_lsign) return Bad("cannot use \"S\" and \"PL\" together");
      p.plus = true;
      break;
    case Key::kSign:
      if (p.has_lsign) return Bad("cannot use \"S\" and \"SG\" together");
      p.minus = p.plus = true;
      break;
    case Key::kBracket:
      if (p.has_lsign || p.plus || p.minus) {
        return Bad("cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together");
      }
      p.bracket = true;
      break;
    case Key::kRoman:
    case Key::kRomanLower: p.roman = true; break;
    case Key::kV:
      if (p.decimal) return Bad("cannot use \"V\" and decimal point together");
      p.has_multi = true;
      break;
    case Key::kExponent:
      if (p.exponent) return Bad("cannot use \"EEEE\" twice");
      if (p.blank || p.fill_mode || p.has_lsign || p.bracket || p.minus || p.plus || p.roman || p.has_multi) {
        return Bad("\"EEEE\" is incompatible with other formats")
            .Detail("\"EEEE\" may only be used together with digit and decimal point patterns.");
      }
      p.exponent = true;
      break;
    default: break;
  }
  return Ok();
}

Result<Pattern> Read(std::string_view format) {
  Pattern p;
  while (!format.empty()) {
    auto it = std::find_if(std::begin(kKeywords), std::end(kKeywords),
                           [&](const Keyword& k) { return format.starts_with(k.name); });
    if (it != std::end(kKeywords)) {
      ALLOD_RETURN_IF_ERROR(Note(p, it->key));
      p.nodes.push_back({true, it->key, {}});
      format.remove_prefix(it->name.size());
      continue;
    }
    auto character = [&] {
      size_t n = std::clamp<size_t>(Utf8CharLength(format), 1, format.size());
      p.nodes.push_back({false, Key::kNine, format.substr(0, n)});
      format.remove_prefix(n);
    };
    if (format.front() == '"') {
      format.remove_prefix(1);
      while (!format.empty() && format.front() != '"') {
        if (format.front() == '\\' && format.size() > 1) format.remove_prefix(1);
        character();
      }
      if (!format.empty()) format.remove_prefix(1);
    } else {
      if (format.front() == '\\' && format.size() > 1 && format[1] == '"') format.remove_prefix(1);
      character();
    }
  }
  return p;
}

// "ST", "ND", "RD" or "TH".
std::string_view Ordinal(std::string_view digits, bool upper) {
  char last = digits.empty() ? '0' : digits.back();
  if (digits.size() > 1 && digits[digits.size() - 2] == '1') last = '0';
  switch (last) {
    case '1': return upper ? "ST" : "st";
    case '2': return upper ? "ND" : "nd";
    case '3': return upper ? "RD" : "rd";
    default: return upper ? "TH" : "th";
  }
}

std::string Roman(int64_t n) {
  if (n < 1 || n > 3999) return std::string(15, '#');
  constexpr struct { int value; const char* text; } kSteps[] = {
      {1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"},
      {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}};
  std::string out;
  for (const auto& step : kSteps) {
    for (; n >= step.value; n -= step.value) out += step.text;
  }
  return out;
}

// Writes a number, given as digits and point, into the pattern (NUM_processor).
class Writer {
 public:
  Writer(Pattern& p, std::string number, int pre_spaces, char sign)
      : p_(p), number_(std::move(number)), pre_spaces_(pre_spaces), sign_(sign) {}

  std::string Run() {
    if (p_.zero_start > 0) --p_.zero_start;
    if (p_.exponent) return number_;
    if (p_.roman) {
      bool fill_mode = p_.fill_mode;
      std::vector<Node> nodes = std::move(p_.nodes);
      p_ = Pattern();
      p_.nodes = std::move(nodes);
      p_.fill_mode = fill_mode;
      p_.roman = true;
      pre_spaces_ = 0;
    }
    if (p_.plus || p_.minus) {
      sign_written_ = p_.minus;
    } else {
      if (sign_ != '-' && p_.fill_mode) p_.bracket = false;
      sign_written_ = sign_ == '+' && p_.fill_mode && !p_.has_lsign;
      if (p_.lsign == SignPlace::kBefore && p_.pre == p_.pre_lsign_num) p_.lsign = SignPlace::kAfter;
    }
    count_ = p_.post + p_.pre - 1;
    if (p_.fill_mode && p_.decimal) FindLastRelevant();
    if (!sign_written_ && pre_spaces_ == 0) ++count_;
    for (const Node& node : p_.nodes) {
      if (node.action) Action(node.key);
      else out_ += node.text;
    }
    return std::move(out_);
  }

 private:
  char At(size_t i) const { return i < number_.size() ? number_[i] : '\0'; }

  // The last digit after the point that is not a zero, or the point; zeros asked for by 0 stay.
  void FindLastRelevant() {
    size_t point = number_.find('.');
    if (point == std::string::npos) return;
    last_relevant_ = static_cast<int>(point);
    for (size_t i = point + 1; i < number_.size(); ++i) {
      if (number_[i] != '0') last_relevant_ = static_cast<int>(i);
    }
    if (p_.zero_end > pre_spaces_) {
      int last_zero = std::min(static_cast<int>(number_.size()) - 1, p_.zero_end - pre_spaces_);
      last_relevant_ = std::max(last_relevant_, last_zero);
    }
  }
  bool Relevant() const { return last_relevant_ >= 0; }
  bool PointIsLast() const { return Relevant() && number_[static_cast<size_t>(last_relevant_)] == '.'; }
  bool PredecimalSpace() const { return !p_.zero && at_ == 0 && At(0) == '0' && p_.post != 0; }

  void Action(Key key) {
    switch (key) {
      case Key::kNine:
      case Key::kZero:
      case Key::kPoint:
      case Key::kD: Digit(key); break;
      case Key::kComma:
      case Key::kG:
        if (in_number_) out_ += ',';
        else if (!p_.fill_mode) out_ += ' ';
        break;
      case Key::kL: out_ += ' '; break;  // the C locale has no currency
      case Key::kRoman: RomanNumber(number_); break;
      case Key::kRomanLower: {
        std::string lower = number_;
        for (char& c : lower) c = static_cast<char>(tolower(static_cast<unsigned char>(c)));
        RomanNumber(lower);
        break;
      }
      case Key::kThLower:
      case Key::kThUpper:
        if (!p_.roman && At(0) != '#' && sign_ != '-' && !p_.decimal) out_ += Ordinal(number_, key == Key::kThUpper);
        break;
      case Key::kMinus:
        if (sign_ == '-') out_ += '-';
        else if (!p_.fill_mode) out_ += ' ';
        break;
      case Key::kPlus:
        if (sign_ == '+') out_ += '+';
        else if (!p_.fill_mode) out_ += ' ';
        break;
      case Key::kSign: out_ += sign_; break;
      default: break;
    }
  }
  void RomanNumber(const std::string& text) {
    if (!p_.fill_mode && text.size() < 15) out_.append(15 - text.size(), ' ');
    out_ += text;
  }

  void Digit(Key key) {
    if (p_.roman) return;
    in_number_ = false;
    if (!sign_written_ && (current_ >= pre_spaces_ || (p_.zero && p_.zero_start == current_)) &&
        (!PredecimalSpace() || PointIsLast())) {
      WriteSign();
    }
    if (current_ < pre_spaces_ && (p_.zero_start > current_ || !p_.zero)) {
      if (!p_.fill_mode) out_ += ' ';
    } else if (p_.zero && current_ < pre_spaces_ && p_.zero_start <= current_) {
      out_ += '0';
      in_number_ = true;
    } else {
      if (At(at_) == '.') {
        if (!PointIsLast() || p_.fill_mode) out_ += '.';
      } else if (Relevant() && static_cast<int>(at_) > last_relevant_ && key != Key::kZero) {
        // trailing zeros of FM are left out
      } else if (PredecimalSpace()) {
        if (!p_.fill_mode) out_ += ' ';
        else if (PointIsLast()) out_ += '0';
      } else if (At(at_) != '\0') {
        out_ += At(at_);
        in_number_ = true;
      }
      if (at_ < number_.size()) ++at_;
    }
    int end = count_ + (pre_spaces_ != 0 ? 1 : 0) + (p_.decimal ? 1 : 0);
    if (Relevant() && last_relevant_ == static_cast<int>(at_)) end = current_;
    if (current_ + 1 == end) {
      if (sign_written_ && p_.bracket) out_ += sign_ == '+' ? ' ' : '>';
      else if (p_.has_lsign && p_.lsign == SignPlace::kAfter) out_ += sign_ == '-' ? '-' : '+';
    }
    ++current_;
  }

  void WriteSign() {
    if (p_.has_lsign) {
      if (p_.lsign != SignPlace::kBefore) return;
      out_ += sign_ == '-' ? '-' : '+';
    } else if (p_.bracket) {
      out_ += sign_ == '+' ? ' ' : '<';
    } else if (sign_ == '+') {
      if (!p_.fill_mode) out_ += ' ';
    } else if (sign_ == '-') {
      out_ += '-';
    }
    sign_written_ = true;
  }

  Pattern& p_;
  std::string number_, out_;
  int pre_spaces_;
  char sign_;
  bool sign_written_ = false, in_number_ = false;
  int count_ = 0, current_ = 0, last_relevant_ = -1;
  size_t at_ = 0;
};

// `text`: the rounded number with its sign. Pads it, or shows # where it does not fit.
std::string Write(Pattern& p, std::string text) {
  char sign = '+';
  if (!text.empty() && text[0] == '-') {
    sign = '-';
    text.erase(0, 1);
  }
  int digits = static_cast<int>(std::min(text.find('.'), text.size()));
  int pre_spaces = 0;
  if (digits < p.pre) {
    pre_spaces = p.pre - digits;
  } else if (digits > p.pre) {
    text.assign(static_cast<size_t>(p.pre + p.post + 1), '#');
    text[static_cast<size_t>(p.pre)] = '.';
  }
  return Writer(p, std::move(text), pre_spaces, sign).Run();
}
std::string WriteRoman(Pattern& p, int64_t n) { return Writer(p, Roman(n), 0, '+').Run(); }
std::string NoExponentForm(const Pattern& p) {
  std::string text(static_cast<size_t>(p.pre + p.post + 6), '#');
  text[0] = ' ';
  if (static_cast<size_t>(p.pre) + 1 < text.size()) text[static_cast<size_t>(p.pre) + 1] = '.';
  return text;
}

// d.ddde+xx of an exact number.
std::string Scientific(const Numeric& value, int post) {
  std::string digits = value.Absolute().ToString();
  int exponent = 0;
  if (value.sign() != 0) {
    size_t point = std::min(digits.find('.'), digits.size());
    size_t first = digits.find_first_not_of("0.");
    exponent = first < point ? static_cast<int>(point - first) - 1 : -static_cast<int>(first - point);
  }
  // Shift the point behind the first digit, then round.
  std::string plain;
  for (char c : digits) {
    if (c != '.') plain += c;
  }
  size_t first = std::min(plain.find_first_not_of('0'), plain.size());
  plain.erase(0, first);
  if (plain.empty()) plain = "0";
  if (plain.size() > 1) plain.insert(1, ".");
  std::string significand = Numeric::FromStored(plain).Round(post).ToString();
  char tail[16];
  snprintf(tail, sizeof tail, "e%c%02d", exponent < 0 ? '-' : '+', std::abs(exponent));
  return (value.sign() < 0 ? "-" : " ") + significand + tail;
}

}  // namespace

Result<std::string> NumericToChar(const Numeric& value, std::string_view format) {
  if (format.empty()) return std::string();
  ALLOD_ASSIGN_OR_RETURN(Pattern p, Read(format));
  if (p.roman) {
    ALLOD_ASSIGN_OR_RETURN(int32_t n, value.ToInt32());
    return WriteRoman(p, n);
  }
  p.post = std::min(p.post, Numeric::kMaxScale);
  if (p.multi > Numeric::kMaxIntegralDigits) {
    return Fail(sqlstate::kNumericValueOutOfRange, "value overflows numeric format");
  }
  if (p.exponent) return value.is_finite() ? Scientific(value, p.post) : NoExponentForm(p);
  Numeric scaled = value;
  if (p.has_multi) {
    ALLOD_ASSIGN_OR_RETURN(scaled, Numeric::Multiply(value, Numeric::FromStored("1" + std::string(static_cast<size_t>(p.multi), '0'))));
    p.pre += p.multi;
  }
  return Write(p, scaled.Round(p.post).ToString());
}

Result<std::string> FloatToChar(double value, int digits, std::string_view format) {
  if (format.empty()) return std::string();
  ALLOD_ASSIGN_OR_RETURN(Pattern p, Read(format));
  if (p.roman) {
    double rounded = std::rint(value);
    if (!(rounded >= INT32_MIN && rounded <= INT32_MAX)) {
      return Fail(sqlstate::kNumericValueOutOfRange, "integer out of range");
    }
    return WriteRoman(p, static_cast<int64_t>(rounded));
  }
  char text[1100];
  if (p.exponent) {
    if (!std::isfinite(value)) return NoExponentForm(p);
    snprintf(text, sizeof text, "%+.*e", std::min(p.post, 500), value);
    if (text[0] == '+') text[0] = ' ';
    return std::string(text);
  }
  if (p.has_multi) {
    value *= std::pow(10.0, p.multi);
    p.pre += p.multi;
  }
  if (std::isinf(value)) return Write(p, value < 0 ? "-Infinity" : "Infinity");
  int length = snprintf(text, sizeof text, "%.0f", std::fabs(value));
  if (length >= digits) p.post = 0;
  else if (length + p.post > digits) p.post = digits - length;
  snprintf(text, sizeof text, "%.*f", p.post, value);
  return Write(p, text);
}

namespace {

// The other way (NUM_numpart_from_char): loose about what stands between the digits.
class Reader {
 public:
  Reader(const Pattern& p, std::string_view text) : p_(p), text_(text) {}

  // Sign (or a blank), digits, point.
  std::string Run() {
    for (const Node& node : p_.nodes) {
      if (at_ >= text_.size()) break;
      if (!node.action) {
        Skip();
        continue;
      }
      switch (node.key) {
        case Key::kNine:
        case Key::kZero:
        case Key::kPoint:
        case Key::kD:
          Digit(node.key);
          ++at_;
          break;
        case Key::kComma:
        case Key::kG:
          if (!p_.fill_mode && text_[at_] == ',') ++at_;
          break;
        case Key::kL: SkipNonData(1); break;
        case Key::kThLower:
        case Key::kThUpper: SkipNonData(2); break;
        case Key::kMinus:
          if (text_[at_] == '-') { sign_ = '-'; ++at_; }
          else SkipNonData(1);
          break;
        case Key::kPlus:
          if (text_[at_] == '+') { sign_ = '+'; ++at_; }
          else SkipNonData(1);
          break;
        case Key::kSign:
          if (text_[at_] == '-' || text_[at_] == '+') sign_ = text_[at_++];
          else SkipNonData(1);
          break;
        default: break;
      }
    }
    if (!number_.empty() && number_.back() == '.') number_.pop_back();
    return sign_ + number_;
  }
  int read_post() const { return read_post_; }

 private:
  bool AtEnd() const { return at_ >= text_.size(); }
  static bool IsDigit(char c) { return c >= '0' && c <= '9'; }
  void Skip() { at_ += std::max<size_t>(Utf8CharLength(text_.substr(at_)), 1); }
  void SkipNonData(int n) {
    while (n-- > 0 && !AtEnd() && memchr("0123456789.,+-", text_[at_], 14) == nullptr) Skip();
  }

  void Digit(Key key) {
    bool read = false;
    if (AtEnd()) return;
    if (text_[at_] == ' ') ++at_;
    if (AtEnd()) return;
    if (sign_ == ' ' && (key == Key::kZero || key == Key::kNine) && read_pre_ + read_post_ == 0) {
      char c = text_[at_];
      if (p_.has_lsign && p_.lsign == SignPlace::kBefore) {
        if (c == '-' || c == '+') { sign_ = c; ++at_; }
      } else if (c == '-' || (p_.bracket && c == '<')) {
        sign_ = '-';
        ++at_;
      } else if (c == '+') {
        sign_ = '+';
        ++at_;
      }
    }
    if (AtEnd()) return;
    if (IsDigit(text_[at_])) {
      if (read_point_ && read_post_ == p_.post) return;
      number_ += text_[at_];
      ++(read_point_ ? read_post_ : read_pre_);
      read = true;
    } else if (p_.decimal && !read_point_ && text_[at_] == '.') {
      number_ += '.';
      read_point_ = true;
      read = true;
    }
    if (sign_ == ' ' && read_pre_ + read_post_ > 0) {
      if (p_.has_lsign && read && at_ + 1 < text_.size() && !IsDigit(text_[at_ + 1])) {
        char c = text_[at_ + 1];
        if (c == '-' || c == '+') { sign_ = c; ++at_; }
      } else if (!read && !p_.has_lsign && (p_.plus || p_.minus)) {
        if (text_[at_] == '-' || text_[at_] == '+') sign_ = text_[at_];
      }
    }
  }

  const Pattern& p_;
  std::string_view text_;
  size_t at_ = 0;
  char sign_ = ' ';
  std::string number_;
  int read_pre_ = 0, read_post_ = 0;
  bool read_point_ = false;
};

}  // namespace

Result<Numeric> ToNumber(std::string_view text, std::string_view format) {
  ALLOD_ASSIGN_OR_RETURN(Pattern p, Read(format));
  if (p.roman) return Unsupported("\"RN\" not supported for input");
  if (p.exponent) return Unsupported("\"EEEE\" not supported for input");
  Reader reader(p, text);
  std::string digits = reader.Run();
  ALLOD_ASSIGN_OR_RETURN(Numeric value, Numeric::Parse(digits));
  int scale = reader.read_post(), precision = p.pre + p.multi + scale;
  if (precision > 0 && precision <= Numeric::kMaxTypmodPrecision) {
    ALLOD_ASSIGN_OR_RETURN(value, value.WithTypmod((precision << 16 | scale) + 4));
  }
  if (!p.has_multi) return value;
  ALLOD_ASSIGN_OR_RETURN(Numeric factor, Numeric::Power(Numeric::FromInt64(10), Numeric::FromInt64(-p.multi)));
  return Numeric::Multiply(value, factor);
}

}  // namespace allod::engine::sqlite
