// ARRAY[...] and what is taken out of arrays.

#include "planner/bind.h"

namespace allod::planner {

Result<Expr*> Binder::BindArray(const PgQuery__AArrayExpr& node, Scope& scope, Oid wanted) {
  if (node.n_elements == 0 && wanted == oid::kInvalid) {
    Status status = Error(sqlstate::kIndeterminateDatatype, "cannot determine type of empty array", node.location);
    return std::move(status).Hint("Explicitly cast to the desired type, for example ARRAY[]::integer[].");
  }
  ALLOD_ASSIGN_OR_RETURN(std::vector<Expr*> elements, BindList(node.elements, node.n_elements, scope));
  for (Expr*& element : elements) {
    if (element->kind == Expr::Kind::kRow)
      return NotSupported("arrays of rows are not supported", node.location, "Use jsonb_agg.");
    if (IsArray(element->type.oid)) {
      return NotSupported("arrays of more than one dimension are not supported", node.location, "Use jsonb.");
    }
    if (wanted != oid::kInvalid) {
      ALLOD_ASSIGN_OR_RETURN(element, Coerce(element, Type{wanted}, CastContext::kExplicit, element->location));
    }
  }
  if (wanted == oid::kInvalid) {
    ALLOD_RETURN_IF_ERROR(CoerceAll(elements, "ARRAY"));
    wanted = elements[0]->type.oid;
  }
  const TypeInfo* info = FindType(wanted);
  if (info == nullptr || info->array == 0) {
    return Error(sqlstate::kUndefinedObject, "could not find array type for data type " + TypeNameOf(Type{wanted}),
                 node.location);
  }
  bool constant = true;
  for (const Expr* element : elements) constant = constant && element->kind == Expr::Kind::kConstant;
  if (constant) {
    std::vector<Value> values;
    for (const Expr* element : elements) values.push_back(element->constant);
    Expr* made = New(Expr::Kind::kConstant, Type{info->array}, node.location);
    made->constant = Value::Text(ArrayLiteral(wanted, values));
    made->nullable = false;
    return made;
  }
  Expr* made = New(Expr::Kind::kArray, Type{info->array}, node.location);
  made->nullable = false;
  made->args = std::move(elements);
  return made;
}

Result<Expr*> Binder::BindIndirection(const PgQuery__AIndirection& node, Scope& scope) {
  ALLOD_ASSIGN_OR_RETURN(Expr * value, BindExpr(node.arg, scope));
  for (size_t i = 0; i < node.n_indirection; ++i) {
    const PgQuery__Node* step = node.indirection[i];
    if (step->node_case != PG_QUERY__NODE__NODE_A_INDICES) {
      return NotSupported("selecting a field of a row value is not supported", value->location,
                          "Name the column of the table.");
    }
    const PgQuery__AIndices& indices = *step->a_indices;
    if (value->type.oid == oid::kJsonb && !indices.is_slice) {
      ALLOD_ASSIGN_OR_RETURN(Expr * index, BindExpr(indices.uidx, scope));
      ALLOD_ASSIGN_OR_RETURN(value, CallOperator("->", {value, index}, value->location));
      continue;
    }
    Oid element = value->type.oid == oid::kInt2Vector  ? oid::kInt2
                  : value->type.oid == oid::kOidVector ? oid::kOid
                                                       : oid::kInvalid;
    if (element == oid::kInvalid && IsArray(value->type.oid)) element = FindType(value->type.oid)->element;
    if (element == oid::kInvalid) {
      return Error(sqlstate::kDatatypeMismatch,
                   "cannot subscript type " + TypeNameOf(value->type) + " because it does not support subscripting",
                   value->location);
    }
    auto index_of = [&](const PgQuery__Node* index) -> Result<Expr*> {
      if (index == nullptr) {
        Expr* none = New(Expr::Kind::kConstant, Type{oid::kInt4}, -1);
        return none;
      }
      ALLOD_ASSIGN_OR_RETURN(Expr * bound, BindExpr(index, scope));
      if (!CanCoerce(bound->type.oid, oid::kInt4, CastContext::kAssignment)) {
        return Error(sqlstate::kDatatypeMismatch, "array subscript must have type integer", bound->location);
      }
      return Coerce(bound, Type{oid::kInt4}, CastContext::kAssignment, bound->location);
    };
    if (indices.is_slice) {
      ALLOD_ASSIGN_OR_RETURN(Expr * lower, index_of(indices.lidx));
      ALLOD_ASSIGN_OR_RETURN(Expr * upper, index_of(indices.uidx));
      Expr* made = New(Expr::Kind::kSlice, value->type, value->location);
      made->number = (indices.lidx != nullptr ? 1 : 0) | (indices.uidx != nullptr ? 2 : 0);
      made->args = {value, lower, upper};
      value = made;
    } else {
      ALLOD_ASSIGN_OR_RETURN(Expr * index, index_of(indices.uidx));
      Expr* made = New(Expr::Kind::kSubscript, Type{element}, value->location);
      made->args = {value, index};
      value = made;
    }
  }
  return value;
}

}  // namespace allod::planner
