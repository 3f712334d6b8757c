// PostgreSQL's "advanced" regular expressions on RE2, which runs in linear time. What RE2 lacks (back references,
// look-around, word boundaries on one side) is refused with 0A000, never answered differently.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/value.h"

namespace re2 {
class RE2;
}

namespace allod::engine::sqlite {

struct RegexFlags {
  bool ignore_case = false;
  bool newline_stops = false;   // n, p: neither . nor [^a] matches a line end
  bool newline_anchors = false; // n, w: ^ and $ match at line ends
  bool literal = false;         // q
  bool global = false;          // g

  // 22023 for a letter that is no option, 0A000 for what is not supported (x, b, e).
  static Result<RegexFlags> Parse(std::string_view letters);
  bool operator==(const RegexFlags&) const = default;
};

class Regex {
 public:
  ~Regex();
  // From a cache of the calling thread. 2201B for what is no regular expression.
  static Result<std::shared_ptr<const Regex>> Get(std::string_view pattern, RegexFlags flags);

  // Is there a match anywhere?
  Result<bool> Matches(std::string_view text) const;

  int groups() const { return groups_; }
  // The leftmost match at or after byte `start`: slices of text, [0] the whole, [i] group i; a group that took no part
  // has no value.
  using Match = std::vector<std::optional<std::string_view>>;
  Result<bool> Find(std::string_view text, size_t start, Match* match) const;
  // All matches, as regexp_matches() with "g" finds them; `splitting` leaves out empty ones at the ends and next to
  // another match, as the split functions do.
  Result<std::vector<Match>> FindAll(std::string_view text, bool global, bool splitting) const;

 private:
  Regex() = default;
  static Result<std::shared_ptr<const Regex>> Compile(std::string_view pattern, RegexFlags flags);
  Status CheckText(std::string_view text) const;

  std::unique_ptr<re2::RE2> re_;
  int groups_ = 0;
  bool ascii_only_ = false;        // holds a word boundary, which RE2 knows for ASCII only
  bool extent_differs_ = false;    // which of several matches is meant differs between the two engines
};

// The pieces between matches; and per match its groups (or the whole) as a text[] literal.
Result<std::vector<Value>> RegexSplit(const Regex& regex, std::string_view text);
Result<std::vector<Value>> RegexMatches(const Regex& regex, std::string_view text, bool global);

}  // namespace allod::engine::sqlite
