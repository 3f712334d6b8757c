// Definition statements: planned against the catalogue of this transaction, run in its write transaction, judged by
// ownership, and seen by others when it commits.
#include "ownership/graph.h"
#include "planner/ddl.h"
#include "session/session_impl.h"

namespace allod::session {
namespace {

using EdgeKey = std::tuple<Oid, Oid, Oid, bool>;

std::set<EdgeKey> EdgesInto(const ownership::Graph& graph, Oid table) {
  std::set<EdgeKey> keys;
  for (const ownership::Edge* edge : graph.EdgesInto(table)) keys.insert({edge->from, edge->holder, edge->key->oid, edge->owns});
  return keys;
}

// Tables whose rows may have lost their owners by the change alone: owned now, there before, and owned otherwise then.
std::set<Oid> TablesToRecheck(const Definitions& before, const Definitions& after) {
  std::set<Oid> tables;
  for (const auto& [oid, table] : after.catalog->tables()) {
    if (!after.graph->IsOwned(oid) || before.catalog->FindTable(oid) == nullptr) continue;
    if (!before.graph->IsOwned(oid) || EdgesInto(*before.graph, oid) != EdgesInto(*after.graph, oid) ||
        before.graph->IsDataSubject(oid) != after.graph->IsDataSubject(oid)) {
      tables.insert(oid);
    }
  }
  // What hangs below a table that changed hangs differently too.
  for (bool grown = true; grown;) {
    grown = false;
    for (const ownership::Edge& edge : after.graph->edges()) {
      if (edge.owns && tables.contains(edge.from) && before.catalog->FindTable(edge.to) != nullptr) {
        grown |= tables.insert(edge.to).second;
      }
    }
  }
  return tables;
}

// One watch over everything that any statement on any table could need: TRUNCATE deletes from several tables.
std::shared_ptr<const engine::Watch> WatchEverything(const ownership::Graph& graph) {
  auto all = std::make_shared<engine::Watch>();
  std::map<std::string, size_t> index;
  for (const auto& [oid, table] : graph.catalog().tables()) {
    std::shared_ptr<const engine::Watch> watch = ownership::WatchFor(graph, oid);
    if (watch == nullptr) continue;
    for (const engine::TableWatch& entry : watch->tables) {
      if (index.emplace(entry.table, all->tables.size()).second) all->tables.push_back(entry);
    }
  }
  return all->tables.empty() ? nullptr : all;
}

}  // namespace

Result<Progress> SessionImpl::RunDefinition(PortalImpl& portal, Sink& sink) {
  if (read_only_) return Fail(sqlstate::kReadOnlySqlTransaction, "cannot execute a definition in a read-only transaction");
  if (writer_ == nullptr) {
    if (LacksTurn()) return Progress::kNeedsTurn;
    ALLOD_RETURN_IF_ERROR(EnsureWriter());
  }
  std::shared_ptr<const Definitions> before = definitions();
  context_.SetDefinitions(before);

  // The tree may be changed by planning it, and a prepared definition may run again: it is parsed afresh.
  std::shared_ptr<sql::Parsed> parsed = portal.compiled->parsed;
  const sql::Statement* statement = portal.compiled->statement;
  if (!portal.prepared->simple) {
    ALLOD_ASSIGN_OR_RETURN(parsed, sql::Parse(portal.prepared->text));
    statement = &parsed->statements[0];
  }
  CompileSettings settings = compile_settings();
  planner::BindContext bind{before->catalog, settings.format, {}, settings.search_path, settings.user, settings.database};
  ALLOD_ASSIGN_OR_RETURN(planner::Definition definition,
                         planner::PlanDefinition(parsed, *statement, bind, database_->engine().dialect()));

  auto after = std::make_shared<Definitions>();
  after->catalog = definition.catalog;
  bool same = definition.catalog == before->catalog;
  if (same) {
    after->graph = before->graph;
    after->layout = before->layout;
  } else {
    ALLOD_ASSIGN_OR_RETURN(after->graph, ownership::Graph::Build(definition.catalog));
    ALLOD_RETURN_IF_ERROR(ownership::CheckSchema(*after->graph, 0));
    if (journal_ != nullptr) {
      after->layout = history::Layout::Build(after->graph);
      // While rows are rewritten they have the columns of both.
      journal_->Use(*writer_, history::Layout::Build(after->graph, before->catalog.get()));
    }
  }

  writer_->SetWatch(WatchEverything(*before->graph));
  // New sequences begin and TRUNCATE's begin again before the script draws from them (a new serial column is filled);
  // expressions see the definitions that are being made.
  for (const planner::Definition::Restart& restart : definition.restarts) {
    const catalog::Sequence* sequence = definition.catalog->FindSequence(restart.sequence);
    if (sequence == nullptr) continue;
    restarted_.emplace_back(restart.sequence, database_->sequences().Current(*sequence));
    database_->sequences().Set(*sequence, restart.value, false);
    context_.drawn().insert(restart.sequence);
  }
  context_.SetDefinitions(after);
  ALLOD_ASSIGN_OR_RETURN(const std::string tag, planner::ApplyDefinition(definition, *writer_, &context_));
  if (!same) {
    ALLOD_RETURN_IF_ERROR(EndHistories(*before->catalog, *after->catalog));
    ALLOD_RETURN_IF_ERROR(JudgeDefinition(before, std::move(after)));
    UseLayout();
  }
  for (const Error& notice : definition.notices) sink.Notice(notice);
  sink.Done(tag);
  return Progress::kDone;
}

// A table that is gone takes its history with it: whoever is forgotten later could not be looked for in it.
Status SessionImpl::EndHistories(const catalog::Catalog& before, const catalog::Catalog& after) {
  if (journal_ == nullptr) return Ok();
  for (const auto& [oid, table] : before.tables()) {
    if (table->kind != catalog::Table::Kind::kTable || table->without_history) continue;
    const catalog::Table* now = after.FindTable(oid);
    if (now == nullptr || now->without_history) ALLOD_RETURN_IF_ERROR(journal_->EraseTable(*writer_, oid));
  }
  return Ok();
}

Status SessionImpl::JudgeDefinition(const std::shared_ptr<const Definitions>& before, std::shared_ptr<const Definitions> after) {
  std::set<Oid> tables = TablesToRecheck(*before, *after);
  if (native_ && !tables.empty()) ALLOD_RETURN_IF_ERROR(LockForJudgement(*after->graph, tables));
  // Changes captured so far were captured for the old graph: their tables are checked whole at the commit.
  ALLOD_ASSIGN_OR_RETURN(const std::vector<engine::Change>* changes, writer_->Changes());
  if (!changes->empty() || !writer_->Overflowed().empty()) {
    for (const auto& [oid, table] : after->catalog->tables()) {
      if (after->graph->IsOwned(oid) && !after->graph->AlwaysOwned(oid)) recheck_.insert(oid);
    }
    writer_->ClearChanges();
  }
  // An annotation that today's rows do not bear is refused at once, with the rows named.
  if (!tables.empty()) ALLOD_RETURN_IF_ERROR(ownership::CheckAllRows(*after->graph, *writer_, &context_, tables));
  std::erase_if(recheck_, [&](Oid oid) { return after->catalog->FindTable(oid) == nullptr; });
  if (!pending_) base_ = before;
  pending_ = std::move(after);
  return Ok();
}

}  // namespace allod::session
