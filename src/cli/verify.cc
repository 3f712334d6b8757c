// `allod verify`: VERIFY, on the databases of a data directory that no server has open.
#include <iostream>

#include "base/thread.h"
#include "cli/commands.h"
#include "cli/data_directory.h"
#include "cli/report.h"
#include "session/session.h"

namespace allod::cli {
namespace {

constexpr size_t kStackBytes = 256u << 20;  // a view's text may be nested as deep as any
constexpr int kWrong = 1, kNotLookedAt = 2;  // exit codes

// A line for each fault: table, key, problem.
class Printer final : public session::Sink {
 public:
  explicit Printer(std::string database) : database_(std::move(database)) {}
  void Columns(const std::vector<planner::ResultColumn>&) override {}
  bool Row(std::span<const Datum> values) override {
    ++faults_;
    std::cout << database_ << ": ";
    if (!values[0].is_null()) std::cout << "table " << values[0].bytes << ": ";
    if (!values[1].is_null()) std::cout << "row " << values[1].bytes << ": ";
    std::cout << values[2].bytes << "\n";
    return true;
  }
  void Done(std::string_view) override {}
  void Notice(const Error&) override {}
  void ParameterChanged(std::string_view, std::string_view) override {}
  int64_t faults() const { return faults_; }

 private:
  const std::string database_;
  int64_t faults_ = 0;
};

Result<int64_t> VerifyOne(const std::shared_ptr<session::Database>& database) {
  std::unique_ptr<session::Session> session = session::Session::Open(database, kSuperuser, "allod verify");
  ALLOD_ASSIGN_OR_RETURN(std::vector<session::PreparedPtr> script, session->ParseScript("VERIFY"));
  session->BeginImplicit();
  Printer printer(database->name());
  {
    ALLOD_ASSIGN_OR_RETURN(std::unique_ptr<session::Portal> portal, session->Bind(script[0], {}));
    ALLOD_RETURN_IF_ERROR(session->Execute(*portal, printer, 0).status());
  }
  ALLOD_RETURN_IF_ERROR(session->EndImplicit(false).status());
  return printer.faults();
}

int Run(const VerifyOptions& options) {
  Result<std::shared_ptr<session::Databases>> databases = OpenExisting(options.data, options.keys);
  if (!databases.ok()) return Report(databases.status()), kNotLookedAt;
  int64_t faults = 0;
  bool looked = true;
  for (const session::Databases::Entry& entry : (*databases)->All()) {
    if (!options.database.empty() && entry.name != options.database) continue;
    if (!(*databases)->IsMade(entry.name)) continue;
    const auto verify = [&]() -> Result<int64_t> {
      ALLOD_ASSIGN_OR_RETURN(std::shared_ptr<session::Database> database, (*databases)->Use(entry.name));
      return VerifyOne(database);
    };
    std::cerr << "verifying " << entry.name << "\n";
    Result<int64_t> found = verify();
    if (found.ok()) {
      faults += *found;
    } else {
      looked = false;
      Report(found.status());
    }
  }
  if (!options.database.empty() && !(*databases)->Has(options.database)) {
    Report(Fail(sqlstate::kInvalidCatalogName, "database \"" + options.database + "\" does not exist"));
    return kNotLookedAt;
  }
  if (!looked) return kNotLookedAt;
  std::cerr << (faults == 0 ? std::string("nothing is wrong") : std::to_string(faults) + (faults == 1 ? " fault" : " faults")) << "\n";
  return faults == 0 ? 0 : kWrong;
}

}  // namespace

int Verify(const VerifyOptions& options) {
  int code = kNotLookedAt;
  Result<Thread> thread = Thread::Start("allod-verify", kStackBytes, [&] { code = Run(options); });
  if (!thread.ok()) return Report(thread.status()), kNotLookedAt;
  thread->Join();
  return code;
}

}  // namespace allod::cli
