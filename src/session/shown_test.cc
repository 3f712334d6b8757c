// What a client is shown must be on disk before it is told, also within a transaction that writes, and in an error.
#include <gtest/gtest.h>

#include <functional>

#include "base/thread.h"
#include "engine/sqlite/engine.h"
#include "engine/sqlite/testing/lossy_files.h"
#include "engine/test_support.h"
#include "session/database.h"
#include "session/session.h"

namespace allod::session {
namespace {

class Ignore : public Sink {
 public:
  void Columns(const std::vector<planner::ResultColumn>&) override {}
  bool Row(std::span<const Datum>) override { return true; }
  void Done(std::string_view) override {}
  void Notice(const Error&) override {}
  void ParameterChanged(std::string_view, std::string_view) override {}
};

class Client {
 public:
  explicit Client(const std::shared_ptr<Database>& database) : database_(database), session_(Session::Open(database, "allod", "test")) {}
  // The error's SQLSTATE; "": none.
  std::string Run(const std::string& text) {
    auto script = session_->ParseScript(text);
    if (!script.ok()) return script.status().error().sqlstate;
    session_->BeginImplicit();
    Status status;
    for (const PreparedPtr& statement : *script) {
      auto portal = session_->Bind(statement, {});
      if (!portal.ok()) return portal.status().error().sqlstate;
      Ignore sink;
      auto progress = session_->Execute(**portal, sink, 0);
      if (progress.ok() && *progress == Progress::kNeedsTurn) {
        session_->GiveTurn(*engine::AwaitTurn(database_->engine()));
        progress = session_->Execute(**portal, sink, 0);
      }
      status = progress.status();
      if (!status.ok()) break;
    }
    const Result<bool> ended = session_->EndImplicit(!status.ok());
    if (status.ok()) status = ended.status();
    return status.ok() ? "" : status.error().sqlstate;
  }
  engine::CommitNumber visible() const { return session_->visible(); }

 private:
  std::shared_ptr<Database> database_;
  std::unique_ptr<Session> session_;
};

TEST(Shown, OnlyWhatIsOnDisk) {
  engine::ScratchDirectory directory;
  engine::sqlite::LossyFiles files(1);
  engine::sqlite::Options options;
  options.path = directory.file("shown.db");
  options.file_layer = engine::sqlite::LossyFiles::Name();
  auto opened = engine::sqlite::Open(std::move(options));
  ASSERT_OK(opened.status());
  auto database = Database::Open("shown", *std::move(opened));
  ASSERT_OK(database.status());
  auto thread = Thread::Start("test", 64u << 20, [&] {
    {
      Client a(*database), b(*database);
      EXPECT_EQ(a.Run("CREATE TABLE t (id INT PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 0), (2, 0)"), "");
      engine::AwaitDurable((*database)->engine(), a.visible());
      files.SetSyncTime(std::chrono::milliseconds(300));
      struct Case {
        const char* statement;
        const char* sqlstate;
      };
      for (const Case& test : {Case{"BEGIN; UPDATE t SET n = 9 WHERE id = 2; SELECT n FROM t WHERE id = 1", ""},
                               Case{"BEGIN; UPDATE t SET n = n + 1 WHERE id = 1 RETURNING n", ""}, Case{"BEGIN; SELECT n FROM t FOR UPDATE", ""},
                               Case{"INSERT INTO t VALUES (3, 0)", "23505"}, Case{"BEGIN; INSERT INTO t VALUES (3, 0)", "23505"}}) {
        SCOPED_TRACE(test.statement);
        // The newest commit waits for the disk, and whoever has the turn sees it.
        EXPECT_EQ(a.Run("DELETE FROM t WHERE id = 3; INSERT INTO t VALUES (3, 1); UPDATE t SET n = n + 1 WHERE id = 1"), "");
        EXPECT_FALSE((*database)->engine().IsDurable(a.visible()));
        EXPECT_EQ(b.Run(test.statement), test.sqlstate);
        EXPECT_GE(b.visible(), a.visible());
        EXPECT_EQ(b.Run("ROLLBACK"), "");
      }
      files.SetSyncTime(std::chrono::milliseconds(0));
    }
    database->reset();
  });
  ASSERT_OK(thread.status());
  thread->Join();
}

}  // namespace
}  // namespace allod::session
