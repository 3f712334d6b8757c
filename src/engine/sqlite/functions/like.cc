#include "engine/sqlite/functions/like.h"

#include <cstring>

#include "base/utf8.h"
#include "engine/sqlite/functions/body.h"

namespace allod::engine::sqlite {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

Status DanglingEscape() {
  return allod::Fail(sqlstate::kInvalidEscapeSequence, "LIKE pattern must not end with escape character");
}

char Fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; }

// Greedy with one point to return to: a later % makes an earlier one's choices final, so the cost is at most
// text times pattern.
template <LikeUnit kUnit>
Result<bool> Match(const char* t, const char* t_end, const char* p, const char* p_end) {
  auto same = [](char a, char b) { return kUnit == LikeUnit::kAsciiFold ? Fold(a) == Fold(b) : a == b; };
  const char* back_p = nullptr;  // after the last %
  const char* back_t = nullptr;  // what it has swallowed ends here
  for (;;) {
    if (p < p_end && *p == '%') {
      do {
        ++p;
      } while (p < p_end && *p == '%');
      if (p == p_end) return true;
      if (*p == '\\' && p + 1 == p_end) return DanglingEscape();
      back_p = p;
      back_t = t;
      continue;
    }
    if (t == t_end) return p == p_end;
    bool ok = false;
    if (p < p_end) {
      if (*p == '_') {
        ++t;
        if (kUnit == LikeUnit::kCharacters) {
          while (t < t_end && IsContinuation(*t)) ++t;
        }
        ++p;
        ok = true;
      } else {
        if (*p == '\\') {
          if (p + 1 == p_end) return DanglingEscape();
          if (same(p[1], *t)) {
            p += 2;
            ++t;
            ok = true;
          }
        } else if (same(*p, *t)) {
          ++p;
          ++t;
          ok = true;
        }
      }
    }
    if (ok) continue;
    if (back_p == nullptr) return false;
    // Let the last % take one character more; jump to where the next literal byte is.
    p = back_p;
    ++back_t;
    char first = *p == '\\' && p + 1 < p_end ? p[1] : *p;
    if (kUnit == LikeUnit::kAsciiFold) {
      while (back_t < t_end && *p != '_' && !same(*back_t, first)) ++back_t;
      if (back_t >= t_end) return false;
    } else if (*p != '_') {
      if (back_t >= t_end) return false;
      back_t = static_cast<const char*>(memchr(back_t, first, static_cast<size_t>(t_end - back_t)));
      if (back_t == nullptr) return false;
    } else if (kUnit == LikeUnit::kCharacters) {
      while (back_t < t_end && IsContinuation(*back_t)) ++back_t;
    }
    t = back_t;
  }
}

}  // namespace

Result<bool> Like(std::string_view text, std::string_view pattern, LikeUnit unit) {
  const char* t = text.data();
  const char* p = pattern.data();
  const char *t_end = t + text.size(), *p_end = p + pattern.size();
  switch (unit) {
    case LikeUnit::kBytes: return Match<LikeUnit::kBytes>(t, t_end, p, p_end);
    case LikeUnit::kAsciiFold: return Match<LikeUnit::kAsciiFold>(t, t_end, p, p_end);
    case LikeUnit::kCharacters: break;
  }
  return Match<LikeUnit::kCharacters>(t, t_end, p, p_end);
}

namespace {

void LikeBody(Call& call) { call.Give(Like(call.bytes(0), call.bytes(1), LikeUnit::kCharacters)); }
void ByteaLikeBody(Call& call) { call.Give(Like(call.bytes(0), call.bytes(1), LikeUnit::kBytes)); }
bool IsAscii(std::string_view text) {
  unsigned char all = 0;
  for (char c : text) all |= static_cast<unsigned char>(c);
  return all < 0x80;
}
void ILikeBody(Call& call) {
  if (IsAscii(call.bytes(0)) && IsAscii(call.bytes(1))) {
    return call.Give(Like(call.bytes(0), call.bytes(1), LikeUnit::kAsciiFold));
  }
  call.Give(Like(Utf8Lower(call.bytes(0)), Utf8Lower(call.bytes(1)), LikeUnit::kCharacters));
}

// The pattern with another escape character, rewritten for the backslash. An empty escape: none.
void LikeEscape(Call& call) {
  std::string_view pattern = call.bytes(0), escape = call.bytes(1);
  std::string out;
  if (escape.empty()) {
    for (char c : pattern) {
      if (c == '\\') out.push_back('\\');
      out.push_back(c);
    }
    return call.Text(out);
  }
  if (Utf8CharLength(escape) != escape.size()) {
    return call.Fail(allod::Fail(sqlstate::kInvalidEscapeSequence, "invalid escape string")
                         .Hint("Escape string must be empty or one character."));
  }
  if (escape == "\\") return call.Text(pattern);
  bool after_escape = false;
  while (!pattern.empty()) {
    if (pattern.starts_with(escape) && !after_escape) {
      out.push_back('\\');
      after_escape = true;
      pattern.remove_prefix(escape.size());
      continue;
    }
    if (pattern.front() == '\\' && !after_escape) out.push_back('\\');
    out.push_back(pattern.front());
    after_escape = false;
    pattern.remove_prefix(1);
  }
  call.Text(out);
}

constexpr Scalar kScalars[] = {
    {"pg_like", 2, Strict<LikeBody>},
    {"pg_ilike", 2, Strict<ILikeBody>},
    {"pg_bytea_like", 2, Strict<ByteaLikeBody>},
    {"pg_like_escape", 2, Strict<LikeEscape>},
};

}  // namespace

std::span<const Scalar> PatternScalars() { return kScalars; }

}  // namespace allod::engine::sqlite
