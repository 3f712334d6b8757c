#include "planner/ddl_view_text.h"

#include <algorithm>

#include "catalog/system_relations.h"
#include "planner/bind.h"

namespace allod::planner::ddl {

namespace {

using Names = std::vector<std::string>;

// One column that * stands for.
struct Seen {
  std::string qualifier;  // "": can only be named alone (a merged column of FULL JOIN)
  std::string name;
};

class Pinner {
 public:
  Pinner(const Ddl& ddl, sql::Arena* arena) : ddl_(ddl), arena_(*arena), binder_(&bound_, ddl.parsed, &ddl.context) {}

  using Ctes = std::map<std::string, Names>;

  // Gives the names of the query's columns.
  Result<Names> Pin(PgQuery__SelectStmt* select, Ctes ctes) {
    if (select->with_clause != nullptr) {
      for (size_t i = 0; i < select->with_clause->n_ctes; ++i) {
        PgQuery__CommonTableExpr& cte = *select->with_clause->ctes[i]->common_table_expr;
        const Names aliases = NodeTexts(cte.n_aliascolnames, cte.aliascolnames);
        if (cte.ctequery->node_case != PG_QUERY__NODE__NODE_SELECT_STMT) {
          return Fail(sqlstate::kFeatureNotSupported, "views must not contain data-modifying statements in WITH");
        }
        PgQuery__SelectStmt* query = cte.ctequery->select_stmt;
        if (select->with_clause->recursive && query->larg != nullptr) {
          ALLOD_ASSIGN_OR_RETURN(const Names first, Pin(query->larg, ctes));
          Ctes inner = ctes;
          inner[cte.ctename] = Over(aliases, first);
          ALLOD_RETURN_IF_ERROR(Pin(query->rarg, inner).status());
          ALLOD_RETURN_IF_ERROR(PinTail(query, inner));
          ctes[cte.ctename] = Over(aliases, first);
        } else {
          ALLOD_ASSIGN_OR_RETURN(const Names names, Pin(query, ctes));
          ctes[cte.ctename] = Over(aliases, names);
        }
      }
    }
    if (select->larg != nullptr) {
      ALLOD_ASSIGN_OR_RETURN(Names names, Pin(select->larg, ctes));
      ALLOD_RETURN_IF_ERROR(Pin(select->rarg, ctes).status());
      ALLOD_RETURN_IF_ERROR(PinTail(select, ctes));
      return names;
    }
    Names names;
    if (select->n_values_lists > 0) {
      ALLOD_RETURN_IF_ERROR(PinList(select->n_values_lists, select->values_lists, ctes));
      ALLOD_RETURN_IF_ERROR(PinTail(select, ctes));
      for (size_t i = 0; i < select->values_lists[0]->list->n_items; ++i) names.push_back("column" + std::to_string(i + 1));
      return names;
    }
    std::map<std::string, Names> items;
    std::vector<Seen> all;
    for (size_t i = 0; i < select->n_from_clause; ++i) {
      ALLOD_ASSIGN_OR_RETURN(std::vector<Seen> seen, PinFrom(select->from_clause[i], ctes, &items));
      all.insert(all.end(), std::make_move_iterator(seen.begin()), std::make_move_iterator(seen.end()));
    }
    ALLOD_RETURN_IF_ERROR(ExpandStars(select, all, items));
    ALLOD_RETURN_IF_ERROR(PinList(select->n_target_list, select->target_list, ctes));
    ALLOD_RETURN_IF_ERROR(PinExpression(select->where_clause, ctes));
    ALLOD_RETURN_IF_ERROR(PinList(select->n_group_clause, select->group_clause, ctes));
    ALLOD_RETURN_IF_ERROR(PinExpression(select->having_clause, ctes));
    ALLOD_RETURN_IF_ERROR(PinList(select->n_distinct_clause, select->distinct_clause, ctes));
    ALLOD_RETURN_IF_ERROR(PinList(select->n_window_clause, select->window_clause, ctes));
    ALLOD_RETURN_IF_ERROR(PinTail(select, ctes));
    for (size_t i = 0; i < select->n_target_list; ++i) {
      const PgQuery__ResTarget& target = *select->target_list[i]->res_target;
      names.push_back(Given(target.name).empty() ? binder_.TargetName(target.val) : target.name);
    }
    return names;
  }

 private:
  static Names Over(const Names& aliases, Names names) {
    for (size_t i = 0; i < aliases.size() && i < names.size(); ++i) names[i] = aliases[i];
    return names;
  }

  Status PinTail(PgQuery__SelectStmt* select, const Ctes& ctes) {
    ALLOD_RETURN_IF_ERROR(PinList(select->n_sort_clause, select->sort_clause, ctes));
    ALLOD_RETURN_IF_ERROR(PinExpression(select->limit_count, ctes));
    return PinExpression(select->limit_offset, ctes);
  }

  Status PinList(size_t count, PgQuery__Node** nodes, const Ctes& ctes) {
    for (size_t i = 0; i < count; ++i) ALLOD_RETURN_IF_ERROR(PinExpression(nodes[i], ctes));
    return Ok();
  }

  // Subqueries of an expression; schema.table.column becomes table.column.
  Status PinExpression(PgQuery__Node* node, const Ctes& ctes) {
    Status status;
    WalkTree(node, [&](ProtobufCMessage* message) {
      if (!status.ok()) return false;
      if (auto* select = As<PgQuery__SelectStmt>(message, pg_query__select_stmt__descriptor)) {
        Result<Names> names = Pin(select, ctes);
        if (!names.ok()) status = names.status();
        return false;
      }
      auto* column = As<PgQuery__ColumnRef>(message, pg_query__column_ref__descriptor);
      if (column != nullptr && column->n_fields > 2) {
        column->fields += column->n_fields - 2;
        column->n_fields = 2;
      }
      return true;
    });
    return status;
  }

  Result<std::vector<Seen>> PinFrom(PgQuery__Node* node, const Ctes& ctes, std::map<std::string, Names>* items) {
    std::string alias;
    Names names;
    const PgQuery__Alias* given = nullptr;
    switch (node->node_case) {
      case PG_QUERY__NODE__NODE_RANGE_VAR: {
        PgQuery__RangeVar& range = *node->range_var;
        alias = range.relname;
        given = range.alias;
        auto cte = ctes.find(range.relname);
        if (Given(range.schemaname).empty() && cte != ctes.end()) {
          names = cte->second;
          break;
        }
        ALLOD_ASSIGN_OR_RETURN(names, PinRelation(&range));
        break;
      }
      case PG_QUERY__NODE__NODE_RANGE_SUBSELECT: {
        given = node->range_subselect->alias;
        ALLOD_ASSIGN_OR_RETURN(names, Pin(node->range_subselect->subquery->select_stmt, ctes));
        break;
      }
      case PG_QUERY__NODE__NODE_RANGE_FUNCTION: {
        PgQuery__RangeFunction& function = *node->range_function;
        given = function.alias;
        ALLOD_RETURN_IF_ERROR(PinList(function.n_functions, function.functions, ctes));
        // Each function is a list of the call and its column definitions.
        const PgQuery__Node* call = function.n_functions == 0 ? nullptr : function.functions[0]->list->items[0];
        alias = call == nullptr ? "" : binder_.TargetName(call);
        std::string name = given == nullptr ? alias : given->aliasname;
        if (alias.ends_with("array_elements") || alias.ends_with("array_elements_text")) name = "value";
        names.push_back(std::move(name));
        if (function.ordinality) names.push_back("ordinality");
        break;
      }
      case PG_QUERY__NODE__NODE_JOIN_EXPR: return PinJoin(node->join_expr, ctes, items);
      default: return Unsupported("this FROM item is not supported in a view", "Write a table or a subquery.");
    }
    if (given != nullptr) {
      alias = given->aliasname;
      names = Over(NodeTexts(given->n_colnames, given->colnames), std::move(names));
    }
    std::vector<Seen> seen;
    for (const std::string& name : names) seen.push_back({alias, name});
    if (!alias.empty()) (*items)[alias] = std::move(names);
    return seen;
  }

  Result<Names> PinRelation(PgQuery__RangeVar* range) {
    Names names;
    const Relation relation = FindRelation(ddl_, Given(range->schemaname), range->relname);
    if (relation.table != nullptr) {
      for (const Column& column : relation.table->columns) names.push_back(column.name);
      range->schemaname = arena_.String(SchemaName(*ddl_.next, relation.table->schema));
    } else if (relation.system) {
      const catalog::SystemRelationInfo* info = catalog::FindSystemRelation(Given(range->schemaname), range->relname);
      if (info == nullptr) return Fail(sqlstate::kUndefinedTable, "relation \"" + std::string(range->relname) + "\" does not exist");
      for (const catalog::SystemColumn& column : info->columns) names.emplace_back(column.name);
      range->schemaname = arena_.String(info->schema);
    } else {
      return Fail(sqlstate::kUndefinedTable, "relation \"" + std::string(range->relname) + "\" does not exist")
          .At(ddl_.Position(range->location));
    }
    return names;
  }

  Result<std::vector<Seen>> PinJoin(PgQuery__JoinExpr* join, const Ctes& ctes, std::map<std::string, Names>* items) {
    ALLOD_ASSIGN_OR_RETURN(std::vector<Seen> left, PinFrom(join->larg, ctes, items));
    ALLOD_ASSIGN_OR_RETURN(std::vector<Seen> right, PinFrom(join->rarg, ctes, items));
    ALLOD_RETURN_IF_ERROR(PinExpression(join->quals, ctes));
    auto has = [](const std::vector<Seen>& columns, const std::string& name) {
      return std::any_of(columns.begin(), columns.end(), [&](const Seen& seen) { return seen.name == name; });
    };
    if (join->is_natural) {
      Names common;
      for (const Seen& seen : left) {
        if (has(right, seen.name)) common.push_back(seen.name);
      }
      if (common.empty()) {
        return Unsupported("a NATURAL JOIN without common columns is not supported in a view", "Write CROSS JOIN.");
      }
      join->is_natural = false;
      join->n_using_clause = common.size();
      join->using_clause = arena_.Array<PgQuery__Node>(common.size());
      for (size_t i = 0; i < common.size(); ++i) join->using_clause[i] = MakeString(&arena_, common[i]);
    }
    const Names merged = NodeTexts(join->n_using_clause, join->using_clause);
    std::vector<Seen> seen;
    for (const std::string& name : merged) {
      const std::vector<Seen>& side = join->jointype == PG_QUERY__JOIN_TYPE__JOIN_RIGHT ? right : left;
      auto found = std::find_if(side.begin(), side.end(), [&](const Seen& column) { return column.name == name; });
      const bool full = join->jointype == PG_QUERY__JOIN_TYPE__JOIN_FULL;
      seen.push_back({full || found == side.end() ? "" : found->qualifier, name});
    }
    for (const std::vector<Seen>* side : {&left, &right}) {
      for (const Seen& column : *side) {
        if (std::find(merged.begin(), merged.end(), column.name) == merged.end()) seen.push_back(column);
      }
    }
    if (join->alias != nullptr) {
      const Names aliases = NodeTexts(join->alias->n_colnames, join->alias->colnames);
      Names names;
      for (size_t i = 0; i < seen.size(); ++i) {
        seen[i].qualifier = join->alias->aliasname;
        if (i < aliases.size()) seen[i].name = aliases[i];
        names.push_back(seen[i].name);
      }
      (*items)[join->alias->aliasname] = std::move(names);
    }
    return seen;
  }

  PgQuery__Node* Target(const Seen& seen) {
    auto* column = arena_.Make<PgQuery__ColumnRef>(pg_query__column_ref__init);
    column->n_fields = seen.qualifier.empty() ? 1 : 2;
    column->fields = arena_.Array<PgQuery__Node>(column->n_fields);
    size_t field = 0;
    if (!seen.qualifier.empty()) column->fields[field++] = MakeString(&arena_, seen.qualifier);
    column->fields[field] = MakeString(&arena_, seen.name);
    auto* value = arena_.Make<PgQuery__Node>(pg_query__node__init);
    value->node_case = PG_QUERY__NODE__NODE_COLUMN_REF;
    value->column_ref = column;
    auto* target = arena_.Make<PgQuery__ResTarget>(pg_query__res_target__init);
    target->name = arena_.String("");
    target->val = value;
    auto* node = arena_.Make<PgQuery__Node>(pg_query__node__init);
    node->node_case = PG_QUERY__NODE__NODE_RES_TARGET;
    node->res_target = target;
    return node;
  }

  Status ExpandStars(PgQuery__SelectStmt* select, const std::vector<Seen>& all, const std::map<std::string, Names>& items) {
    std::vector<PgQuery__Node*> targets;
    for (size_t i = 0; i < select->n_target_list; ++i) {
      PgQuery__Node* node = select->target_list[i];
      const PgQuery__Node* value = node->res_target->val;
      const bool star = value != nullptr && value->node_case == PG_QUERY__NODE__NODE_COLUMN_REF &&
                        value->column_ref->n_fields > 0 &&
                        value->column_ref->fields[value->column_ref->n_fields - 1]->node_case == PG_QUERY__NODE__NODE_A_STAR;
      if (!star) {
        targets.push_back(node);
        continue;
      }
      const PgQuery__ColumnRef& reference = *value->column_ref;
      if (reference.n_fields == 1) {
        for (const Seen& seen : all) targets.push_back(Target(seen));
        continue;
      }
      const std::string alias = NodeText(reference.fields[reference.n_fields - 2]);
      auto item = items.find(alias);
      if (item == items.end()) {
        return Unsupported("\"" + alias + ".*\" is not supported in this place of a view", "List the columns.")
            .At(ddl_.Position(reference.location));
      }
      for (const std::string& name : item->second) targets.push_back(Target({alias, name}));
    }
    select->n_target_list = targets.size();
    select->target_list = arena_.Array<PgQuery__Node>(targets.size());
    std::copy(targets.begin(), targets.end(), select->target_list);
    return Ok();
  }

  const Ddl& ddl_;
  sql::Arena& arena_;
  BoundStatement bound_;
  Binder binder_;
};

void ForRelationsBelow(ProtobufCMessage* message, std::set<std::string> ctes,
                       const std::function<void(PgQuery__RangeVar*)>& visit) {
  WalkTree(message, [&](ProtobufCMessage* below) {
    if (auto* range = As<PgQuery__RangeVar>(below, pg_query__range_var__descriptor)) {
      if (!Given(range->schemaname).empty() || !ctes.contains(range->relname)) visit(range);
      return true;
    }
    auto* select = As<PgQuery__SelectStmt>(below, pg_query__select_stmt__descriptor);
    if (select == nullptr || below == message || select->with_clause == nullptr) return true;
    std::set<std::string> inner = ctes;
    for (size_t i = 0; i < select->with_clause->n_ctes; ++i) {
      inner.insert(select->with_clause->ctes[i]->common_table_expr->ctename);
    }
    ForRelationsBelow(below, std::move(inner), visit);
    return false;
  });
}

}  // namespace

Status PinQuery(const Ddl& ddl, PgQuery__SelectStmt* select, sql::Arena* arena) {
  return Pinner(ddl, arena).Pin(select, {}).status();
}

void ForRelations(PgQuery__Node* query, const std::function<void(PgQuery__RangeVar*)>& visit) {
  ForRelationsBelow(&query->base, {}, visit);
}

PgQuery__Alias* EnsureAlias(PgQuery__RangeVar* range, sql::Arena* arena) {
  if (range->alias == nullptr) {
    range->alias = arena->Make<PgQuery__Alias>(pg_query__alias__init);
    range->alias->aliasname = arena->String(range->relname);
  }
  return range->alias;
}

}  // namespace allod::planner::ddl
