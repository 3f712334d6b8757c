// The tree back to text, by libpg_query's own deparser. That one forgets brackets and quotes here and there:
// (a OR b)::text comes out as a OR b::text. What is printed is stored, so every text is parsed again and compared; if
// it does not say the same, it is printed once more with brackets around every operand; if that does not help either,
// it is refused.
extern "C" {
#include <pg_query.h>
}

#include <vector>

#include "sql/message.h"
#include "sql/parse.h"

namespace allod::sql {

namespace {

constexpr int kGrammarVersion = PG_VERSION_NUM;
constexpr std::string_view kSelect = "SELECT ";

std::string Pack(const PgQuery__Node& statement) {
  PgQuery__RawStmt raw = PG_QUERY__RAW_STMT__INIT;
  raw.stmt = const_cast<PgQuery__Node*>(&statement);
  PgQuery__RawStmt* statements[] = {&raw};
  PgQuery__ParseResult tree = PG_QUERY__PARSE_RESULT__INIT;
  tree.version = kGrammarVersion;
  tree.n_stmts = 1;
  tree.stmts = statements;
  std::string packed(pg_query__parse_result__get_packed_size(&tree), '\0');
  pg_query__parse_result__pack(&tree, reinterpret_cast<uint8_t*>(packed.data()));
  return packed;
}

Result<std::string> Print(std::string packed) {
  PgQueryDeparseResult result = pg_query_deparse_protobuf({packed.size(), packed.data()});
  struct Free {
    PgQueryDeparseResult& result;
    ~Free() { pg_query_free_deparse_result(result); }
  } free{result};
  if (result.error != nullptr)
    return Status(Unsupported(std::string("the statement cannot be printed: ") + result.error->message));
  return std::string(result.query);
}

// SELECT <expression>, around an expression.
class SelectOf {
 public:
  explicit SelectOf(PgQuery__Node* expression) {
    target_.val = expression;
    target_node_.node_case = PG_QUERY__NODE__NODE_RES_TARGET;
    target_node_.res_target = &target_;
    select_.n_target_list = 1;
    select_.target_list = targets_;
    select_.limit_option = PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_DEFAULT;
    select_.op = PG_QUERY__SET_OPERATION__SETOP_NONE;
    node_.node_case = PG_QUERY__NODE__NODE_SELECT_STMT;
    node_.select_stmt = &select_;
  }
  const PgQuery__Node& node() const { return node_; }

 private:
  PgQuery__ResTarget target_ = PG_QUERY__RES_TARGET__INIT;
  PgQuery__Node target_node_ = PG_QUERY__NODE__INIT;
  PgQuery__Node* targets_[1] = {&target_node_};
  PgQuery__SelectStmt select_ = PG_QUERY__SELECT_STMT__INIT;
  PgQuery__Node node_ = PG_QUERY__NODE__INIT;
};

// Where something stood in the text is no part of its meaning.
void StripLocations(ProtobufCMessage* message) {
  const ProtobufCMessageDescriptor* type = message->descriptor;
  if (type != &pg_query__node__descriptor)
    for (const char* name : {"location", "stmt_location", "stmt_len"}) {
      const ProtobufCFieldDescriptor* field = protobuf_c_message_descriptor_get_field_by_name(type, name);
      if (field != nullptr && field->type == PROTOBUF_C_TYPE_INT32)
        *reinterpret_cast<int32_t*>(reinterpret_cast<char*>(message) + field->offset) = 0;
    }
  EachChild(message, [](ProtobufCMessage** child) { StripLocations(*child); });
}

PgQuery__ParseResult* Unpack(const std::string& packed, Arena& arena) {
  ProtobufCAllocator allocator = AllocatorOf(arena);
  return pg_query__parse_result__unpack(&allocator, packed.size(), reinterpret_cast<const uint8_t*>(packed.data()));
}

// What the text says, without locations; "" if it is not one statement of the grammar's.
std::string Meaning(const std::string& text) {
  Result<std::shared_ptr<Parsed>> parsed = Parse(text);
  if (!parsed.ok() || (*parsed)->statements.size() != 1) return "";
  const Statement& statement = (*parsed)->statements[0];
  if (statement.node == nullptr || !(*parsed)->shifts.empty()) return "";
  StripLocations(&statement.node->base);
  return Pack(*statement.node);
}

// Prints with brackets around every operand that is not a single word. The tree has no node for brackets, so each such
// operand is printed by itself, and a column name stands for it until all is printed.
class BracketPrinter {
 public:
  explicit BracketPrinter(Arena& arena) : arena_(arena) {}

  Result<std::string> Run(PgQuery__Node* statement) {
    ALLOD_RETURN_IF_ERROR(Visit(&statement->base));
    ALLOD_ASSIGN_OR_RETURN(std::string text, Print(Pack(*statement)));
    // A printed operand holds only the names of operands that were printed before it.
    for (size_t i = printed_.size(); i-- > 0;) {
      size_t at = text.find(NameOf(i));
      if (at == std::string::npos) return Fail(sqlstate::kInternalError, "an operand was lost in printing");
      text.replace(at, NameOf(i).size(), "(" + printed_[i] + ")");
    }
    return text;
  }

  static constexpr std::string_view kName = "allod_operand_";

 private:
  static std::string NameOf(size_t i) { return std::string(kName) + std::to_string(i) + "_"; }

  Status Visit(ProtobufCMessage* message) {
    Status status;
    EachChild(message, [&](ProtobufCMessage** child) {
      if (status.ok()) status = Visit(*child);
      if (!status.ok() || (*child)->descriptor != &pg_query__node__descriptor) return;
      auto** node = reinterpret_cast<PgQuery__Node**>(child);
      if (IsCompound(**node, message->descriptor) && TakesOperands(*message)) status = Replace(node);
      // The bounds of BETWEEN are a list.
      if (message->descriptor == &pg_query__a__expr__descriptor && (*node)->node_case == PG_QUERY__NODE__NODE_LIST &&
          IsBetween(*reinterpret_cast<PgQuery__AExpr*>(message)))
        for (size_t i = 0; i < (*node)->list->n_items && status.ok(); ++i)
          if (IsCompound(*(*node)->list->items[i], message->descriptor)) status = Replace(&(*node)->list->items[i]);
    });
    return status;
  }

  static bool IsBetween(const PgQuery__AExpr& expression) {
    return expression.kind >= PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN &&
           expression.kind <= PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM;
  }

  static bool TakesOperands(const ProtobufCMessage& message) {
    const ProtobufCMessageDescriptor* type = message.descriptor;
    if (type == &pg_query__func_call__descriptor)  // AT TIME ZONE and the like
      return reinterpret_cast<const PgQuery__FuncCall&>(message).funcformat ==
             PG_QUERY__COERCION_FORM__COERCE_SQL_SYNTAX;
    if (type == &pg_query__constraint__descriptor)
      return reinterpret_cast<const PgQuery__Constraint&>(message).contype == PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT;
    return type == &pg_query__a__expr__descriptor || type == &pg_query__bool_expr__descriptor ||
           type == &pg_query__type_cast__descriptor || type == &pg_query__null_test__descriptor ||
           type == &pg_query__boolean_test__descriptor || type == &pg_query__collate_clause__descriptor ||
           type == &pg_query__a__indirection__descriptor || type == &pg_query__sub_link__descriptor;
  }

  static bool IsCompound(const PgQuery__Node& node, const ProtobufCMessageDescriptor* parent) {
    switch (node.node_case) {
      case PG_QUERY__NODE__NODE_A_EXPR:
      case PG_QUERY__NODE__NODE_BOOL_EXPR:
      case PG_QUERY__NODE__NODE_NULL_TEST:
      case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
      case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
      case PG_QUERY__NODE__NODE_TYPE_CAST:
        return true;
      case PG_QUERY__NODE__NODE_SUB_LINK:
        return node.sub_link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK ||
               node.sub_link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__ALL_SUBLINK;
      case PG_QUERY__NODE__NODE_FUNC_CALL:
        if (node.func_call->funcformat == PG_QUERY__COERCION_FORM__COERCE_SQL_SYNTAX) return true;
        [[fallthrough]];
      case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
      case PG_QUERY__NODE__NODE_ROW_EXPR:
      case PG_QUERY__NODE__NODE_CASE_EXPR:
        return parent == &pg_query__a__indirection__descriptor;
      default:
        return false;
    }
  }

  Status Replace(PgQuery__Node** node) {
    ALLOD_ASSIGN_OR_RETURN(std::string text, Print(Pack(SelectOf(*node).node())));
    if (!text.starts_with(kSelect)) return Fail(sqlstate::kInternalError, "cannot print an operand");
    auto* name = arena_.Make<PgQuery__Node>(pg_query__node__init);
    name->node_case = PG_QUERY__NODE__NODE_STRING;
    name->string = arena_.Make<PgQuery__String>(pg_query__string__init);
    name->string->sval = arena_.String(NameOf(printed_.size()));
    auto* column = arena_.Make<PgQuery__Node>(pg_query__node__init);
    column->node_case = PG_QUERY__NODE__NODE_COLUMN_REF;
    column->column_ref = arena_.Make<PgQuery__ColumnRef>(pg_query__column_ref__init);
    column->column_ref->fields = arena_.Array<PgQuery__Node>(1);
    column->column_ref->fields[0] = name;
    column->column_ref->n_fields = 1;
    *node = column;
    printed_.push_back(text.substr(kSelect.size()));
    return Ok();
  }

  Arena& arena_;
  std::vector<std::string> printed_;
};

}  // namespace

Result<std::string> Deparse(const PgQuery__Node* statement) {
  std::string packed = Pack(*statement);
  Arena arena;
  PgQuery__ParseResult* copy = Unpack(packed, arena);
  if (copy == nullptr) return Fail(sqlstate::kInternalError, "the statement's tree could not be read");
  PgQuery__Node* node = copy->stmts[0]->stmt;
  StripLocations(&node->base);
  std::string meaning = Pack(*node);

  Result<std::string> text = Print(packed);
  if (text.ok() && Meaning(*text) == meaning) return text;
  if (packed.find(BracketPrinter::kName) == std::string::npos) {
    text = BracketPrinter(arena).Run(node);
    if (text.ok() && Meaning(*text) == meaning) return text;
  }
  std::string why = text.ok() ? "it would read differently: " + *text : text.status().error().message;
  return Unsupported("the statement cannot be stored as text: " + why,
                     "Give windows, constraints, indexes and joins names in lower case, or write it more simply.");
}

Result<std::string> DeparseExpression(const PgQuery__Node* expression) {
  ALLOD_ASSIGN_OR_RETURN(std::string text, Deparse(&SelectOf(const_cast<PgQuery__Node*>(expression)).node()));
  if (!text.starts_with(kSelect)) return Fail(sqlstate::kInternalError, "cannot print the expression");
  return text.substr(kSelect.size());
}

}  // namespace allod::sql
