// WINDOW and OVER.

#include "planner/bind.h"

namespace allod::planner {
namespace {

// FRAMEOPTION_ bits of PostgreSQL's parsenodes.h that matter to the Binder.
constexpr int kFrameRange = 0x2, kFrameOffsets = 0x800 | 0x1000 | 0x2000 | 0x4000;

}  // namespace

Result<sql::Window*> Binder::BindWindow(const PgQuery__WindowDef& definition, Scope& scope) {
  sql::Window* window = pool().NewWindow();
  const PgQuery__WindowDef* frame = &definition;
  auto find = [&](std::string_view name) -> const PgQuery__WindowDef* {
    if (scope.select == nullptr) return nullptr;
    for (size_t i = 0; i < scope.select->n_window_clause; ++i) {
      const PgQuery__WindowDef* def = scope.select->window_clause[i]->window_def;
      if (def->name != nullptr && name == def->name) return def;
    }
    return nullptr;
  };
  // OVER w: the window itself; OVER (w ...): its partition and order, with more.
  std::vector<const PgQuery__WindowDef*> chain;
  const PgQuery__WindowDef* current = &definition;
  if (definition.name != nullptr && definition.name[0] != 0) {
    current = find(definition.name);
    if (current == nullptr) {
      return Error(sqlstate::kUndefinedObject, "window \"" + std::string(definition.name) + "\" does not exist",
                   definition.location);
    }
    frame = current;
  }
  chain.push_back(current);
  while (current->refname != nullptr && current->refname[0] != 0) {
    const PgQuery__WindowDef* base = find(current->refname);
    if (base == nullptr || chain.size() > 100) {
      return Error(sqlstate::kUndefinedObject, "window \"" + std::string(current->refname) + "\" does not exist",
                   current->location);
    }
    if (current->n_partition_clause > 0) {
      return Error(sqlstate::kWindowingError,
                   "cannot override PARTITION BY clause of window \"" + std::string(current->refname) + "\"",
                   current->location);
    }
    if (current->n_order_clause > 0 && base->n_order_clause > 0) {
      return Error(sqlstate::kWindowingError,
                   "cannot override ORDER BY clause of window \"" + std::string(current->refname) + "\"",
                   current->location);
    }
    if ((base->frame_options & 1) != 0) {
      return Error(sqlstate::kWindowingError,
                   "cannot copy window \"" + std::string(current->refname) + "\" because it has a frame clause",
                   current->location);
    }
    current = base;
    chain.push_back(base);
  }
  for (const PgQuery__WindowDef* def : chain) {
    for (size_t i = 0; i < def->n_partition_clause; ++i) {
      ALLOD_ASSIGN_OR_RETURN(Expr * expr, BindExpr(def->partition_clause[i], scope));
      ALLOD_ASSIGN_OR_RETURN(expr, ResolveUnknown(expr));
      window->partition.push_back(expr);
    }
    for (size_t i = 0; i < def->n_order_clause; ++i) {
      const PgQuery__SortBy& sort = *def->order_clause[i]->sort_by;
      SortKey key;
      ALLOD_ASSIGN_OR_RETURN(key.expr, BindExpr(sort.node, scope));
      ALLOD_ASSIGN_OR_RETURN(key.expr, ResolveUnknown(key.expr));
      key.descending = sort.sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
      key.nulls_first = sort.sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST ||
                        (sort.sortby_nulls != PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST && key.descending);
      window->order.push_back(key);
    }
  }
  window->frame = frame->frame_options;
  const bool range_offset = (window->frame & kFrameRange) != 0 && (window->frame & kFrameOffsets) != 0;
  if (range_offset) {
    if (window->order.size() != 1) {
      return Error(sqlstate::kWindowingError,
                   "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column", frame->location);
    }
    Oid type = window->order[0].expr->type.oid;
    if (type != oid::kInt2 && type != oid::kInt4 && type != oid::kInt8 && type != oid::kFloat8) {
      return NotSupported("RANGE with an offset over " + TypeNameOf(Type{type}) + " is not supported", frame->location,
                          "Order by an integer or double precision value, or use ROWS.");
    }
  }
  for (auto [node, slot] :
       {std::pair{frame->start_offset, &window->start}, std::pair{frame->end_offset, &window->end}}) {
    if (node == nullptr) continue;
    ALLOD_ASSIGN_OR_RETURN(Expr * offset, BindExpr(node, scope));
    Type wanted{range_offset && window->order[0].expr->type.oid == oid::kFloat8 ? oid::kFloat8 : oid::kInt8};
    if (!CanCoerce(offset->type.oid, wanted.oid, CastContext::kImplicit)) {
      return Error(
          sqlstate::kDatatypeMismatch,
          "argument of window frame must be type " + TypeNameOf(wanted) + ", not type " + TypeNameOf(offset->type),
          offset->location);
    }
    ALLOD_ASSIGN_OR_RETURN(*slot, Coerce(offset, wanted, CastContext::kImplicit, offset->location));
    bool constant = true;
    VisitExpr(
        *slot,
        [&](Expr* e) {
          constant = constant && e->kind != Expr::Kind::kColumn;
          return true;
        },
        true);
    if (!constant) {
      return Error(sqlstate::kInvalidColumnReference, "argument of window frame must not contain variables",
                   offset->location);
    }
  }
  return window;
}

}  // namespace allod::planner
