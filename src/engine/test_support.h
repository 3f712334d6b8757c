// For tests of engines and of what stands on them: a scratch directory, a context that answers nothing, short forms.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/exec_context.h"
#include "engine/engine.h"

namespace allod::engine {

// A directory that goes when the test does.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "allod-engine-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// No sequences, no catalogue.
class PlainContext : public ExecContext {
 public:
  Result<int64_t> NextValue(Oid) override { return None(); }
  Result<int64_t> CurrentValue(Oid) override { return None(); }
  Result<int64_t> LastValue() override { return None(); }
  Result<int64_t> SetValue(Oid, int64_t, bool) override { return None(); }
  Result<Value> Call(std::string_view, std::span<const Datum>) override { return None(); }

 private:
  static Status None() { return Fail(sqlstate::kInternalError, "not in this test"); }
};

// All rows of a statement as text: "1|a;2|NULL".
struct Answer {
  Status status;
  std::string rows;
  int64_t affected = 0;
};

inline std::string AsText(const Datum& d) {
  switch (d.kind) {
    case Kind::kNull: return "NULL";
    case Kind::kInteger: return std::to_string(d.integer);
    case Kind::kReal: return std::to_string(d.real);
    case Kind::kText: return std::string(d.bytes);
    case Kind::kBlob: return "x" + std::string(d.bytes);
  }
  return "";
}

inline Answer RunAll(Transaction& transaction, std::string_view text, std::vector<Parameter> parameters = {}) {
  static PlainContext context;
  Answer answer;
  auto cursor = transaction.Run(text, parameters, &context);
  if (!cursor.ok()) return {cursor.status(), "", 0};
  while (true) {
    auto more = (*cursor)->Next();
    if (!more.ok()) return {more.status(), answer.rows, 0};
    if (!*more) break;
    if (!answer.rows.empty()) answer.rows += ';';
    for (int i = 0; i < (*cursor)->columns(); ++i) {
      if (i > 0) answer.rows += '|';
      answer.rows += AsText((*cursor)->column(i));
    }
  }
  answer.affected = (*cursor)->affected();
  return answer;
}

inline std::string Sqlstate(const Status& status) { return status.ok() ? "" : status.error().sqlstate; }

#define EXPECT_OK(expression)                                                                 \
  do {                                                                                        \
    const ::allod::Status status_ = (expression);                                                      \
    EXPECT_TRUE(status_.ok()) << status_.error().sqlstate << " " << status_.error().message; \
  } while (false)
#define ASSERT_OK(expression)                                                                 \
  do {                                                                                        \
    const ::allod::Status status_ = (expression);                                                      \
    ASSERT_TRUE(status_.ok()) << status_.error().sqlstate << " " << status_.error().message; \
  } while (false)

}  // namespace allod::engine
