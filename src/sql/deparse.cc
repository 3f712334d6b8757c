// The tree back to text, by libpg_query's own deparser.
extern "C" {
#include <pg_query.h>
}

#include "sql/parse.h"

namespace allod::sql {

namespace {
constexpr int kGrammarVersion = PG_VERSION_NUM;
constexpr std::string_view kSelect = "SELECT ";
}  // namespace

Result<std::string> Deparse(const PgQuery__Node* statement) {
  PgQuery__RawStmt raw = PG_QUERY__RAW_STMT__INIT;
  raw.stmt = const_cast<PgQuery__Node*>(statement);
  PgQuery__RawStmt* statements[] = {&raw};
  PgQuery__ParseResult tree = PG_QUERY__PARSE_RESULT__INIT;
  tree.version = kGrammarVersion;
  tree.n_stmts = 1;
  tree.stmts = statements;

  std::string packed(pg_query__parse_result__get_packed_size(&tree), '\0');
  pg_query__parse_result__pack(&tree, reinterpret_cast<uint8_t*>(packed.data()));
  PgQueryDeparseResult result = pg_query_deparse_protobuf({packed.size(), packed.data()});
  struct Free {
    PgQueryDeparseResult& result;
    ~Free() { pg_query_free_deparse_result(result); }
  } free{result};
  if (result.error != nullptr)
    return Fail(sqlstate::kInternalError, std::string("cannot print the statement: ") + result.error->message);
  return std::string(result.query);
}

Result<std::string> DeparseExpression(const PgQuery__Node* expression) {
  PgQuery__ResTarget target = PG_QUERY__RES_TARGET__INIT;
  target.val = const_cast<PgQuery__Node*>(expression);
  PgQuery__Node target_node = PG_QUERY__NODE__INIT;
  target_node.node_case = PG_QUERY__NODE__NODE_RES_TARGET;
  target_node.res_target = &target;
  PgQuery__Node* targets[] = {&target_node};
  PgQuery__SelectStmt select = PG_QUERY__SELECT_STMT__INIT;
  select.n_target_list = 1;
  select.target_list = targets;
  select.limit_option = PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_DEFAULT;
  select.op = PG_QUERY__SET_OPERATION__SETOP_NONE;
  PgQuery__Node node = PG_QUERY__NODE__INIT;
  node.node_case = PG_QUERY__NODE__NODE_SELECT_STMT;
  node.select_stmt = &select;
  ALLOD_ASSIGN_OR_RETURN(std::string text, Deparse(&node));
  if (!text.starts_with(kSelect)) return Fail(sqlstate::kInternalError, "cannot print the expression");
  return text.substr(kSelect.size());
}

}  // namespace allod::sql
