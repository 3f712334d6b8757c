// Is anything orphaned? Exact, and as cheap as the changes are few.
//
// Say that before the transaction every row of an owned table had an owner, and let U be the rows that have none now.
// If U is not empty, then it holds a row that this transaction inserted, or that lost a relation to a row that gave it
// an owner (a *candidate*): take any older row of U and a path along the keys from a data subject that gave it an owner
// before; the last relation on it that is broken now led to such a row, or to one whose owner would be the first row's
// too. So it is enough to ask, for the candidates, whether a path from a data subject leads to them (the least
// fixpoint: rows on a cycle do not support each other). Nothing downstream is visited.
//
// Rows of *carried* tables (a NOT NULL OWNED_BY key to a table that does not depend on them) are taken to have an
// owner: if one had none, its parent would have none either, and the parents come first in the order of the tables. The
// same argument on the earliest table that holds a row of U shows that its candidates are judged right.
//
// Where several transactions are judged at once (KeyQueries::concurrent): a row's *link* is one of the relations that
// give it an owner. Each transaction holds the rows that lost a link in it before it looks at what links are left:
// those that it has changed are held by that, those that were named by other rows it holds now (HoldTargets). So of two
// transactions that each take one of a row's last links the second waits for the first, and then sees that its link is
// gone. New rows hang on rows that their keys hold, or on rows that the transaction itself has written. That each row
// keeps a link makes all rows owned where ownership has no circles; where it has, rows could keep each other, and
// whoever takes a link there is alone (HoldCycle). When it is not known which rows lost a link, nobody else may hold
// any of the table (HoldTables).
//
// A transaction that sees only what was committed before it began (`fixed_view_`) has waited in vain: it may still see
// links that are gone. So it trusts none that it does not hold (Givers, held): the engine fails with 40001 when it is
// to hold a row that was changed since. Looking further ahead than one link is not for it.
#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/format.h"
#include "ownership/graph.h"
#include "ownership/key_queries.h"

namespace allod::ownership {

using catalog::Attnum;
using catalog::Table;

namespace {

constexpr size_t kNamedRows = 10;

// An injective text of some values, for hashing.
std::string Encode(const Row& row, size_t first, size_t count) {
  std::string text;
  for (size_t i = first; i < first + count; ++i) {
    const Value& value = row[i];
    text += static_cast<char>(value.kind());
    int64_t number = 0;
    switch (value.kind()) {
      case Kind::kNull:
        continue;
      case Kind::kInteger:
        number = value.integer();
        break;
      case Kind::kReal:
        static_assert(sizeof(double) == sizeof(number));
        {
          double real = value.real();
          std::copy_n(reinterpret_cast<const char*>(&real), sizeof(real), reinterpret_cast<char*>(&number));
          break;
        }
      default:
        number = static_cast<int64_t>(value.bytes().size());
    }
    text.append(reinterpret_cast<const char*>(&number), sizeof(number));
    if (value.kind() == Kind::kText || value.kind() == Kind::kBlob) text += value.bytes();
  }
  return text;
}

using LayoutKey = TableKeys::LayoutKey;

bool Names(const LayoutKey& key, const Row& image) {
  return std::none_of(key.at.begin(), key.at.end(), [&](size_t at) { return image[at].is_null(); });
}

bool SameKey(const LayoutKey& key, const Row& a, const Row& b) {
  return std::all_of(key.at.begin(), key.at.end(), [&](size_t at) { return a[at] == b[at]; });
}

// The row itself shows that it has an owner.
bool OwnedAtSight(const TableKeys& keys, const Row& image) {
  return std::any_of(keys.owner_keys.begin(), keys.owner_keys.end(),
                     [&](const LayoutKey& key) { return key.enough && Names(key, image); });
}

bool NoneNull(const Row& row) {
  return std::none_of(row.begin(), row.end(), [](const Value& value) { return value.is_null(); });
}

// Whether equal values of the column always look the same in stored form, so that a key can be recognised by its bytes.
bool SameBytesWhenEqual(const Table& table, const std::vector<Attnum>& columns) {
  for (Attnum number : columns) {
    const catalog::Column* column = table.FindColumn(number);
    const TypeInfo* type = column != nullptr ? FindType(column->type.oid) : nullptr;
    if (type == nullptr || !type->collation.empty() || type->storage == Storage::kReal) return false;
  }
  return true;
}

class Search {
 public:
  Search(const Graph& graph, engine::Transaction& transaction, ExecContext* context)
      : graph_(graph), transaction_(transaction), context_(context) {}

  // What the changes make suspicious.
  Status Collect(const std::vector<engine::Change>& changes, const std::set<uint32_t>& overflowed);
  // Every row of the tables, and of what their rows can own, that has no owner within sight.
  Status CollectWhole(const std::set<Oid>& tables);

  // After it, Orphans() are those candidates that exist and have no owner.
  Status Run();
  Status Answer() const;

 private:
  struct Node {
    Oid table;
    Row image;  // the table's layout
    bool candidate = false, supported = false, expanded = false;
    bool tested = false;     // the statement that looks some steps ahead has seen it
    std::vector<int> gives;  // nodes that have an owner if this one has
  };
  // What a table's own changes say.
  struct Changed {
    struct State {
      Row image;
      int64_t live = 0;  // for a table without a primary key: how many rows look like this more than before
      bool candidate = false;
    };
    std::unordered_map<std::string, State> rows;  // by primary key; without one, by the whole image
  };
  struct Question {  // which rows give owners to these, along an edge?
    engine::Relation keys;
    std::vector<int> nodes;
  };

  void Note(const engine::Change& change, Oid table, const TableKeys& keys);
  void NoteRenamed(const engine::Change& change, Oid table, const TableKeys& keys);
  void NoteLostTarget(const Edge& edge, Row key);
  Status HoldLosers(const std::set<Oid>& whole);
  Status Do(const std::string& text, const engine::Relation* relation);
  Status CollectAll(Oid table);
  Row Pick(const Row& image, const TableKeys& keys, const std::vector<Attnum>& columns) const;
  std::string Identity(Oid table, const Row& image) const;
  int FindNode(Oid table, const std::string& identity) const;
  int AddNode(Oid table, Row image);
  void Support(int node);
  bool KnownToBeOwned(Oid table, const std::string& identity) const;
  Status FetchLostTargets();
  Status Test(std::vector<int>* frontier);
  Status Expand(const std::vector<int>& frontier);
  Status Ask(const Edge& edge, Question* question);

  const Graph& graph_;
  engine::Transaction& transaction_;
  ExecContext* context_;
  std::unordered_map<Oid, Changed> changed_;
  std::unordered_map<Oid, std::unordered_map<std::string, Row>> lost_targets_;  // by their primary key's text
  std::map<int, std::set<Row>> lost_keys_;                                      // the same, by edge and key, to be held
  bool fixed_view_ = false;
  std::set<Oid> lossy_;      // tables of rows that may have lost an owner
  std::set<Oid> uncertain_;  // tables whose older rows may have lost an owner by that
  std::set<Oid> all_rows_;   // tables whose changes are not all known, or were captured under another layout
  std::vector<Node> nodes_;
  std::unordered_map<Oid, std::unordered_map<std::string, int>> index_;
  std::vector<int> fresh_;  // nodes to look at
};

Row Search::Pick(const Row& image, const TableKeys& keys, const std::vector<Attnum>& columns) const {
  Row picked;
  for (Attnum column : columns) {
    auto it = std::find(keys.layout.begin(), keys.layout.end(), column);
    picked.push_back(it != keys.layout.end() ? image[it - keys.layout.begin()] : Value::Null());
  }
  return picked;
}

std::string Search::Identity(Oid table, const Row& image) const {
  size_t width = graph_.queries().Of(table).primary_width;
  return Encode(image, 0, width != 0 ? width : image.size());
}

Status Search::Collect(const std::vector<engine::Change>& changes, const std::set<uint32_t>& overflowed) {
  for (Oid table : overflowed) {
    if (graph_.catalog().FindTable(table) != nullptr) all_rows_.insert(table);
  }
  using Op = engine::Change::Op;
  Oid table = 0;
  const TableKeys* keys = nullptr;
  bool needs_check = false;
  for (const engine::Change& change : changes) {
    if (change.tag != table) {
      table = change.tag;
      keys = graph_.catalog().FindTable(table) != nullptr ? &graph_.queries().Of(table) : nullptr;
      needs_check = graph_.NeedsCheck(table);
    }
    if (keys == nullptr) continue;  // dropped since
    size_t width = keys->layout.size();
    if ((change.op != Op::kInsert && change.before.size() != width) ||
        (change.op != Op::kDelete && change.after.size() != width)) {
      all_rows_.insert(table);
      continue;
    }
    if (needs_check) Note(change, table, *keys);
    if (change.op == Op::kInsert) continue;
    if (change.op == Op::kUpdate && needs_check) NoteRenamed(change, table, *keys);
    for (const LayoutKey& key : keys->giver_keys) {
      if (!Names(key, change.before)) continue;
      if (change.op == Op::kUpdate && SameKey(key, change.before, change.after)) continue;
      NoteLostTarget(*key.edge, Pick(change.before, *keys, key.edge->key->columns));
    }
  }
  // From here on the changes are not looked at: the engine may be asked something else.
  ALLOD_RETURN_IF_ERROR(CollectWhole(all_rows_));
  for (auto& [table, changed] : changed_) {
    for (auto& [identity, state] : changed.rows) {
      if (!state.candidate || state.live <= 0) continue;
      nodes_[AddNode(table, state.image)].candidate = true;
    }
  }
  return FetchLostTargets();
}

Status Search::CollectWhole(const std::set<Oid>& tables) {
  std::set<Oid> whole;
  for (Oid table : tables) whole.merge(graph_.OwnedDownstream(table));
  std::erase_if(whole, [&](Oid table) { return !graph_.NeedsCheck(table); });
  if (graph_.queries().concurrent()) ALLOD_RETURN_IF_ERROR(HoldLosers(whole));
  for (Oid table : whole) ALLOD_RETURN_IF_ERROR(CollectAll(table));
  return Ok();
}

// Always in the same order, so that two transactions seldom wait for each other.
Status Search::HoldLosers(const std::set<Oid>& whole) {
  if (whole.empty() && lossy_.empty()) return Ok();
  const KeyQueries& queries = graph_.queries();
  std::set<Oid> cycles;
  for (const std::set<Oid>* tables : {&whole, &std::as_const(lossy_)}) {
    for (Oid table : *tables) cycles.insert(graph_.CycleOf(table));
  }
  cycles.erase(0);
  for (Oid cycle : cycles) ALLOD_RETURN_IF_ERROR(Do(queries.HoldCycle(cycle), nullptr));
  if (!whole.empty()) ALLOD_RETURN_IF_ERROR(Do(queries.HoldTables(whole), nullptr));
  for (const auto& [id, keys] : lost_keys_) {
    const Edge& edge = graph_.edges()[id];
    if (whole.contains(edge.to)) continue;
    engine::Relation relation{static_cast<int>(edge.key->columns.size()), {keys.begin(), keys.end()}};
    ALLOD_RETURN_IF_ERROR(Do(queries.HoldTargets(edge), &relation));
  }
  ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction_.Run(queries.AskIsolation(), {}, context_));
  ALLOD_ASSIGN_OR_RETURN(bool more, cursor->Next());
  fixed_view_ = more && cursor->column(0).bytes != "read committed" && cursor->column(0).bytes != "read uncommitted";
  return Ok();
}

Status Search::Do(const std::string& text, const engine::Relation* relation) {
  engine::Parameter parameter = relation;
  ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction_.Run(text, {&parameter, relation != nullptr ? 1U : 0U}, context_));
  for (;;) {
    ALLOD_ASSIGN_OR_RETURN(bool more, cursor->Next());
    if (!more) return Ok();
  }
}

// Keys to a unique column that is not the primary key: when such columns change, rows below can have got another parent
// without having changed themselves. Too rare to be clever about.
void Search::NoteRenamed(const engine::Change& change, Oid table, const TableKeys& keys) {
  for (const Edge* edge : graph_.EdgesFrom(table)) {
    if (!edge->forward || !edge->gives_owners || !graph_.NeedsCheck(edge->to)) continue;
    const std::vector<Attnum>& named = edge->key->target_columns;
    if (keys.primary_width != 0 &&
        std::is_permutation(named.begin(), named.end(), keys.layout.begin(),
                            keys.layout.begin() + static_cast<std::ptrdiff_t>(keys.primary_width))) {
      continue;
    }
    if (Pick(change.before, keys, named) != Pick(change.after, keys, named)) all_rows_.insert(edge->to);
  }
}

void Search::Note(const engine::Change& change, Oid table, const TableKeys& keys) {
  auto& rows = changed_[table].rows;
  using Op = engine::Change::Op;
  if (keys.primary_width == 0) {
    // Nothing names such rows; only how many of each look there are matters.
    if (change.op == Op::kUpdate && change.before == change.after) return;
    if (change.op != Op::kInsert) {
      --rows[Identity(table, change.before)].live;
      lossy_.insert(table);
    }
    if (change.op != Op::kDelete && !OwnedAtSight(keys, change.after)) {
      Changed::State& state = rows[Identity(table, change.after)];
      ++state.live;
      state.image = change.after;
      state.candidate = true;
    }
    return;
  }
  auto same_row = [&] {
    return std::equal(change.before.begin(), change.before.begin() + static_cast<std::ptrdiff_t>(keys.primary_width),
                      change.after.begin());
  };
  bool arrives = change.op == Op::kInsert || (change.op == Op::kUpdate && !same_row());
  if (change.op == Op::kDelete || (arrives && change.op == Op::kUpdate)) {
    Changed::State& state = rows[Identity(table, change.before)];
    state.live = 0;
    state.image.clear();
  }
  if (change.op == Op::kDelete) return;
  if (arrives) {
    if (rows.empty() && OwnedAtSight(keys, change.after)) return;
    std::string identity = Identity(table, change.after);
    auto it = rows.find(identity);
    if (it == rows.end() && OwnedAtSight(keys, change.after)) return;
    // A key that was there before and is now another row's: who depended on the former row may hang on it still.
    if (it != rows.end()) lossy_.insert(table);
    rows[std::move(identity)] = {change.after, 1, true};
    return;
  }
  bool lost = std::any_of(keys.owner_keys.begin(), keys.owner_keys.end(), [&](const LayoutKey& key) {
    return Names(key, change.before) && !SameKey(key, change.before, change.after);
  });
  if (lost) {
    lossy_.insert(table);
    rows[Identity(table, change.after)] = {change.after, 1, true};
  } else if (!rows.empty()) {
    if (auto it = rows.find(Identity(table, change.after)); it != rows.end()) it->second.image = change.after;
  }
}

void Search::NoteLostTarget(const Edge& edge, Row key) {
  const Table* target = graph_.catalog().FindTable(edge.to);
  const catalog::Constraint* primary = target->PrimaryKey();
  Row values;  // in the primary key's order
  if (primary != nullptr) {
    for (Attnum column : primary->columns) {
      const std::vector<Attnum>& named = edge.key->target_columns;
      auto it = std::find(named.begin(), named.end(), column);
      if (it != named.end()) values.push_back(key[it - named.begin()]);
    }
  }
  lossy_.insert(edge.to);
  if (graph_.queries().concurrent()) lost_keys_[edge.id].insert(std::move(key));
  if (primary == nullptr || values.size() != primary->columns.size()) {
    all_rows_.insert(edge.to);
    return;
  }
  std::string identity = Encode(values, 0, values.size());
  lost_targets_[edge.to].try_emplace(std::move(identity), std::move(values));
}

Status Search::FetchLostTargets() {
  for (auto& [table, keys] : lost_targets_) {
    const TableKeys& layout = graph_.queries().Of(table);
    engine::Relation relation;
    relation.width = static_cast<int>(layout.primary_width) + 1;
    for (auto& [identity, key] : keys) {
      Row row = key;
      row.push_back(Value::Integer(0));
      relation.rows.push_back(std::move(row));
    }
    engine::Parameter parameter = &relation;
    ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction_.Run(graph_.queries().Rows(table), {&parameter, 1}, context_));
    for (;;) {
      ALLOD_ASSIGN_OR_RETURN(bool more, cursor->Next());
      if (!more) break;
      Row image;
      for (size_t i = 0; i < layout.layout.size(); ++i) image.emplace_back(cursor->column(static_cast<int>(i) + 1));
      bool owned = cursor->column(static_cast<int>(layout.layout.size()) + 1).integer != 0;
      int node = AddNode(table, std::move(image));
      nodes_[node].candidate = nodes_[node].tested = true;
      if (owned && !fixed_view_) Support(node);
    }
  }
  return Ok();
}

Status Search::CollectAll(Oid table) {
  const TableKeys& keys = graph_.queries().Of(table);
  lossy_.insert(table);
  ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction_.Run(fixed_view_ ? keys.all_held : keys.unsupported, {}, context_));
  for (;;) {
    ALLOD_ASSIGN_OR_RETURN(bool more, cursor->Next());
    if (!more) return Ok();
    Row image;
    for (size_t i = 0; i < keys.layout.size(); ++i) image.emplace_back(cursor->column(static_cast<int>(i) + 1));
    int node = AddNode(table, std::move(image));
    nodes_[node].candidate = nodes_[node].tested = true;
  }
}

int Search::FindNode(Oid table, const std::string& identity) const {
  auto rows = index_.find(table);
  if (rows == index_.end()) return -1;
  auto it = rows->second.find(identity);
  return it != rows->second.end() ? it->second : -1;
}

int Search::AddNode(Oid table, Row image) {
  auto [it, inserted] = index_[table].try_emplace(Identity(table, image), static_cast<int>(nodes_.size()));
  if (!inserted) return it->second;
  fresh_.push_back(it->second);
  nodes_.push_back({table, std::move(image)});
  return it->second;
}

void Search::Support(int first) {
  std::vector<int> queue{first};
  while (!queue.empty()) {
    Node& node = nodes_[queue.back()];
    queue.pop_back();
    if (node.supported) continue;
    node.supported = true;
    for (int next : node.gives) {
      if (!nodes_[next].supported) queue.push_back(next);
    }
    node.gives.clear();
  }
}

// An older row that nothing upstream of it has lost anything: it had an owner before, and has it still.
bool Search::KnownToBeOwned(Oid table, const std::string& identity) const {
  if (uncertain_.contains(table)) return false;
  const TableKeys& keys = graph_.queries().Of(table);
  if (keys.primary_width != 0 && !SameBytesWhenEqual(*keys.table, keys.table->PrimaryKey()->columns)) return false;
  auto changed = changed_.find(table);
  if (changed == changed_.end()) return true;
  return !changed->second.rows.contains(identity);
}

Status Search::Run() {
  for (Oid table : lossy_) uncertain_.merge(graph_.OwnedDownstream(table));
  while (!fresh_.empty()) {
    std::vector<int> frontier;
    frontier.swap(fresh_);
    // First what needs no question: relations among the rows at hand.
    ALLOD_RETURN_IF_ERROR(Expand(frontier));
  }
  return Ok();
}

// Rows known only from the changes: the engine looks some steps ahead.
Status Search::Test(std::vector<int>* frontier) {
  if (fixed_view_) return Ok();
  std::unordered_map<Oid, std::vector<int>> untested;
  for (int id : *frontier) {
    const Node& node = nodes_[id];
    if (!node.tested && !node.supported && graph_.queries().Of(node.table).primary_width != 0) {
      untested[node.table].push_back(id);
    }
  }
  for (auto& [table, ids] : untested) {
    const TableKeys& keys = graph_.queries().Of(table);
    engine::Relation relation;
    relation.width = static_cast<int>(keys.primary_width) + 1;
    for (int id : ids) {
      Row row(nodes_[id].image.begin(), nodes_[id].image.begin() + static_cast<std::ptrdiff_t>(keys.primary_width));
      row.push_back(Value::Integer(id));
      relation.rows.push_back(std::move(row));
    }
    engine::Parameter parameter = &relation;
    ALLOD_ASSIGN_OR_RETURN(auto cursor, transaction_.Run(graph_.queries().Rows(table), {&parameter, 1}, context_));
    for (;;) {
      ALLOD_ASSIGN_OR_RETURN(bool more, cursor->Next());
      if (!more) break;
      int id = static_cast<int>(cursor->column(0).integer);
      if (cursor->column(static_cast<int>(keys.layout.size()) + 1).integer != 0) Support(id);
    }
    for (int id : ids) nodes_[id].tested = true;
  }
  return Ok();
}

Status Search::Expand(const std::vector<int>& all) {
  // 1. Keys that stand in the row itself.
  std::map<int, Question> questions;  // by edge
  auto ask = [&](const Edge& edge, int id, Row key) {
    Question& question = questions[edge.id];
    key.push_back(Value::Integer(static_cast<int64_t>(question.nodes.size())));
    question.keys.rows.push_back(std::move(key));
    question.nodes.push_back(id);
  };
  struct Unknown {
    const Edge* edge;
    int id;
    Row key;
  };
  std::vector<Unknown> unknown;
  for (int id : all) {
    if (nodes_[id].supported) continue;
    Oid table = nodes_[id].table;
    const TableKeys& keys = graph_.queries().Of(table);
    for (const Edge* edge : graph_.EdgesInto(table)) {
      if (!edge->gives_owners || !edge->forward) continue;
      Row key = Pick(nodes_[id].image, keys, edge->key->columns);
      if (!NoneNull(key)) continue;
      bool owned = graph_.IsCarried(edge->from);
      if (!owned) {
        const TableKeys& parent = graph_.queries().Of(edge->from);
        bool by_primary_key =
            parent.primary_width != 0 && parent.table->PrimaryKey()->columns == edge->key->target_columns;
        std::string identity = by_primary_key ? Encode(key, 0, key.size()) : "";
        int giver = by_primary_key ? FindNode(edge->from, identity) : -1;
        if (giver >= 0) {
          if (nodes_[giver].supported) {
            owned = true;
          } else {
            nodes_[giver].gives.push_back(id);
          }
        } else if (by_primary_key && KnownToBeOwned(edge->from, identity)) {
          owned = true;
        } else {
          unknown.push_back({edge, id, std::move(key)});
        }
      }
      if (owned) {
        Support(id);
        break;
      }
    }
  }
  // 2. What the engine can see.
  std::vector<int> frontier;
  for (int id : all) {
    if (!nodes_[id].supported) frontier.push_back(id);
  }
  ALLOD_RETURN_IF_ERROR(Test(&frontier));
  // 3. Who gives owners to the rest?
  for (Unknown& one : unknown) {
    if (!nodes_[one.id].supported) ask(*one.edge, one.id, std::move(one.key));
  }
  for (int id : frontier) {
    if (nodes_[id].supported) continue;
    for (const Edge* edge : graph_.EdgesInto(nodes_[id].table)) {
      if (!edge->gives_owners || edge->forward) continue;
      if (graph_.IsCarried(edge->from) && !fixed_view_) continue;  // it would have been seen
      ask(*edge, id, Pick(nodes_[id].image, graph_.queries().Of(nodes_[id].table), edge->key->target_columns));
    }
  }
  for (auto& [edge, question] : questions) ALLOD_RETURN_IF_ERROR(Ask(graph_.edges()[edge], &question));
  return Ok();
}

Status Search::Ask(const Edge& edge, Question* question) {
  question->keys.width = static_cast<int>(edge.key->columns.size()) + 1;
  const TableKeys& keys = graph_.queries().Of(edge.from);
  engine::Parameter parameter = &question->keys;
  ALLOD_ASSIGN_OR_RETURN(auto cursor,
                         transaction_.Run(graph_.queries().Givers(edge, fixed_view_), {&parameter, 1}, context_));
  for (;;) {
    ALLOD_ASSIGN_OR_RETURN(bool more, cursor->Next());
    if (!more) return Ok();
    int node = question->nodes[cursor->column(0).integer];
    if (nodes_[node].supported) continue;
    Row image;
    for (size_t i = 0; i < keys.layout.size(); ++i) image.emplace_back(cursor->column(static_cast<int>(i) + 1));
    bool owned = cursor->column(static_cast<int>(keys.layout.size()) + 1).integer != 0;
    std::string identity = Identity(edge.from, image);
    if ((owned && (!fixed_view_ || graph_.IsCarried(edge.from))) || KnownToBeOwned(edge.from, identity)) {
      Support(node);
      continue;
    }
    int giver = AddNode(edge.from, std::move(image));
    nodes_[giver].tested = true;
    if (nodes_[giver].supported) {
      Support(node);
    } else {
      nodes_[giver].gives.push_back(node);
    }
  }
}

Status Search::Answer() const {
  std::vector<const Node*> orphans;
  for (const Node& node : nodes_) {
    if (node.candidate && !node.supported) orphans.push_back(&node);
  }
  if (orphans.empty()) return Ok();
  std::stable_sort(orphans.begin(), orphans.end(), [](const Node* a, const Node* b) {
    return a->table != b->table ? a->table < b->table : a->image < b->image;
  });
  const FormatContext format = context_ != nullptr ? context_->format : FormatContext();
  std::string named;
  for (size_t i = 0; i < orphans.size() && i < kNamedRows; ++i) {
    const TableKeys& keys = graph_.queries().Of(orphans[i]->table);
    size_t width = keys.primary_width != 0 ? keys.primary_width : keys.layout.size();
    std::vector<Attnum> columns(keys.layout.begin(), keys.layout.begin() + static_cast<std::ptrdiff_t>(width));
    std::string values;
    for (size_t c = 0; c < width; ++c) {
      const Value& value = orphans[i]->image[c];
      if (c > 0) values += ", ";
      values += value.is_null() ? "null" : ToText(keys.table->FindColumn(columns[c])->type, value, format);
    }
    if (i > 0) named += ", ";
    named += keys.table->name + " (" + ColumnNames(*keys.table, columns) + ")=(" + values + ")";
  }
  if (orphans.size() > kNamedRows) named += " and " + std::to_string(orphans.size() - kNamedRows) + " more";

  const Table& first = *graph_.catalog().FindTable(orphans[0]->table);
  std::string ways;
  for (const Edge* edge : graph_.EdgesInto(first.oid)) {
    if (!edge->gives_owners) continue;
    const Table& holder = *graph_.catalog().FindTable(edge->holder);
    if (!ways.empty()) ways += ", or ";
    ways += holder.name + "." + ColumnNames(holder, edge->key->columns) + " " + std::string(AnnotationName(*edge)) +
            " " + graph_.catalog().FindTable(edge->key->target)->name;
  }
  return Fail(sqlstate::kOrphanedData, "transaction would leave " + std::to_string(orphans.size()) +
                                           (orphans.size() == 1 ? " row" : " rows") + " without an owner")
      .Detail(named + ".")
      .Hint("In the same transaction give each of them an owner (" + ways + "), or delete it.")
      .Table(first.name);
}

}  // namespace

Status CheckOrphans(const Graph& graph, engine::Transaction& transaction, ExecContext* context) {
  ALLOD_ASSIGN_OR_RETURN(const std::vector<engine::Change>* changes, transaction.Changes());
  if (changes->empty() && transaction.Overflowed().empty()) return Ok();
  Search search(graph, transaction, context);
  ALLOD_RETURN_IF_ERROR(search.Collect(*changes, transaction.Overflowed()));
  ALLOD_RETURN_IF_ERROR(search.Run());
  return search.Answer();
}

Status CheckAllRows(const Graph& graph, engine::Transaction& transaction, ExecContext* context,
                    const std::set<Oid>& tables) {
  std::set<Oid> concerned;
  for (const auto& [oid, table] : graph.catalog().tables()) {
    if (tables.empty() || tables.contains(oid)) concerned.insert(oid);
  }
  Search search(graph, transaction, context);
  ALLOD_RETURN_IF_ERROR(search.CollectWhole(concerned));
  ALLOD_RETURN_IF_ERROR(search.Run());
  return search.Answer();
}

}  // namespace allod::ownership
