// EXPLAIN COMPLIANCE: what the schema says about each table, and what in it is probably not meant.
#include <algorithm>
#include <iterator>
#include <map>

#include "ownership/graph.h"

namespace allod::ownership {

using catalog::Table;

namespace {

// Parts of column names that speak of a person. A whole word between underscores, or, if long enough, any part.
constexpr std::string_view kPersonalWords[] = {
    "name",     "firstname", "lastname", "surname", "nickname", "username", "fullname", "email",  "mail",    "phone",
    "mobile",   "fax",       "address",  "street",  "city",     "zip",      "postcode", "birth",  "dob",     "ssn",
    "passport", "gender",    "iban",     "ip",      "login",    "password", "photo",    "avatar", "religion"};
constexpr std::string_view kPersonalParts[] = {"email",    "phone",   "birth",  "surname", "firstname",
                                               "lastname", "passwor", "addres", "username"};

bool SoundsPersonal(std::string_view column) {
  std::string word;
  for (size_t i = 0; i <= column.size(); ++i) {
    char c = i < column.size() ? column[i] : '_';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c != '_') {
      word += c;
      continue;
    }
    if (std::find(std::begin(kPersonalWords), std::end(kPersonalWords), word) != std::end(kPersonalWords)) return true;
    for (std::string_view part : kPersonalParts) {
      if (word.find(part) != std::string::npos) return true;
    }
    word.clear();
  }
  return false;
}

// The shortest way from a data subject to a table.
struct Way {
  int length = -1;  // -1: none
  const Edge* last = nullptr;
};

// Shortest ways that use only edges for which `usable` holds.
template <typename Usable>
std::map<Oid, Way> ShortestWays(const Graph& graph, Usable usable) {
  std::map<Oid, Way> ways;
  std::vector<Oid> level;
  for (const auto& [oid, table] : graph.catalog().tables()) {
    if (graph.IsDataSubject(oid)) {
      ways[oid] = {0, nullptr};
      level.push_back(oid);
    }
  }
  for (int length = 1; !level.empty(); ++length) {
    std::vector<Oid> next;
    for (Oid table : level) {
      for (const Edge* edge : graph.EdgesFrom(table)) {
        if (usable(*edge) && ways.try_emplace(edge->to, Way{length, edge}).second) next.push_back(edge->to);
      }
    }
    level = std::move(next);
  }
  return ways;
}

std::string Step(const Graph& graph, const Edge& edge) {
  const Table& holder = *graph.catalog().FindTable(edge.holder);
  return holder.name + "." + ColumnNames(holder, edge.key->columns) + " " + std::string(AnnotationName(edge)) + " " +
         graph.catalog().FindTable(edge.key->target)->name + (edge.implied ? " (implied)" : " (explicit)");
}

}  // namespace

std::vector<ComplianceRow> ExplainCompliance(const Graph& graph) {
  auto owning = ShortestWays(graph, [](const Edge& edge) { return edge.owns; });
  auto any = ShortestWays(graph, [](const Edge&) { return true; });
  auto path = [&](const Edge* edge, std::map<Oid, Way>& ways, int* length, int* variable) {
    std::string text;
    for (*length = *variable = 0; edge != nullptr; edge = ways[edge->from].last) {
      if (*length > 0) text += ", ";
      text += Step(graph, *edge);
      ++*length;
      if (edge->owns && !edge->forward) ++*variable;
    }
    return text;
  };

  std::vector<ComplianceRow> rows;
  for (const auto& [oid, table] : graph.catalog().tables()) {
    if (table->kind != Table::Kind::kTable) continue;
    const auto& into = graph.EdgesInto(oid);
    bool accessed = any.contains(oid);
    std::string kind = graph.IsDataSubject(oid) ? "data subject"
                       : graph.IsOwned(oid)     ? "owned"
                       : accessed               ? "accessed"
                                                : "unowned";

    std::vector<std::string> warnings;
    if (table->without_history) warnings.push_back("WITHOUT HISTORY: who changed its rows is not recorded");
    if (!graph.IsDataSubject(oid) && graph.IsOwned(oid)) {
      bool only_keys = true, nullable = true;
      for (const Edge* edge : into) {
        if (!edge->gives_owners) continue;
        only_keys = only_keys && edge->forward;
        nullable = nullable && edge->nullable;
      }
      if (only_keys && nullable) {
        warnings.push_back("every ownership key can be NULL: a row must be given an owner in the same transaction");
      }
    }
    if (!graph.IsOwned(oid)) {
      std::string personal;
      for (const catalog::Column& column : table->columns) {
        if (SoundsPersonal(column.name)) personal += (personal.empty() ? "" : ", ") + column.name;
      }
      if (!personal.empty()) warnings.push_back("nobody owns it, but these columns sound personal: " + personal);
    }
    std::vector<ComplianceRow> mine;
    for (const Edge* edge : into) {
      // A path that owns if there is one, else one that gives access.
      bool owns = edge->owns && owning.contains(edge->from);
      auto& ways = owns ? owning : any;
      if (!ways.contains(edge->from)) {
        mine.push_back({table->name, kind, Step(graph, *edge), 0,
                        "nobody owns or may access table " + graph.catalog().FindTable(edge->from)->name +
                            ", so this key gives nothing"});
        continue;
      }
      int length = 0, variable = 0;
      ComplianceRow row{table->name, kind, path(edge, ways, &length, &variable), length, ""};
      if (variable > 1) {
        row.warning =
            "ownership passes through " + std::to_string(variable) + " OWNS steps: one change can move many rows";
      }
      if (edge->implied && graph.IsDataSubject(oid)) {
        row.warning =
            "a data subject is owned by another through an unannotated key: write REFERENCES ONLY if that is not meant";
      }
      mine.push_back(std::move(row));
    }
    if (mine.empty()) mine.push_back({table->name, kind, "", 0, ""});
    std::stable_sort(mine.begin(), mine.end(),
                     [](const ComplianceRow& a, const ComplianceRow& b) { return a.length < b.length; });
    for (const std::string& warning : warnings) {
      mine[0].warning = warning + (mine[0].warning.empty() ? "" : "; " + mine[0].warning);
    }
    std::move(mine.begin(), mine.end(), std::back_inserter(rows));
  }
  return rows;
}

}  // namespace allod::ownership
