// Fuzz target of Parse(), for clang's -fsanitize=fuzzer; mutation_test.cc drives the same check with a generator of its
// own, since continuous integration compiles with gcc.
extern "C" {
#include <pg_query.h>
}

#include <cstdio>
#include <cstdlib>

#include "sql/parse_testing.h"

namespace allod::sql {

namespace {

// Every `location` of the tree, whatever the node.
template <typename Visit>
void VisitLocations(ProtobufCMessage* root, const Visit& visit) {
  WalkMessages(root, [&](const ProtobufCMessage* message) {
    const ProtobufCFieldDescriptor* field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "location");
    if (field == nullptr || field->type != PROTOBUF_C_TYPE_INT32) return;
    visit(*reinterpret_cast<const int32_t*>(reinterpret_cast<const char*>(message) + field->offset), message);
  });
}

std::string CheckPositions(const Parsed& parsed) {
  int characters = parsed.OriginalPosition(static_cast<int>(parsed.original.size())) - 1;
  std::string problem;
  for (const Statement& statement : parsed.statements) {
    if (parsed.original.find(statement.text) == std::string::npos) return "a statement's text is not the user's";
    for (const RuleClause& rule : statement.rules)
      if (int at = parsed.OriginalPosition(rule.location); at < 1 || at > characters) return "a rule's position";
    if (statement.node == nullptr) continue;
    std::vector<int> foreign_keys;
    VisitLocations(&statement.node->base, [&](int location, const ProtobufCMessage* message) {
      int position = parsed.Position(location);
      if (position < (location < 0 ? 0 : 1) || position > characters + 1) problem = "a position outside the text";
      if (message->descriptor == &pg_query__constraint__descriptor &&
          reinterpret_cast<const PgQuery__Constraint*>(message)->contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN)
        foreign_keys.push_back(location);
    });
    for (const KeyAnnotation& key : statement.keys)
      if (std::count(foreign_keys.begin(), foreign_keys.end(), key.location) != 1)
        return "an annotation without its foreign key";
  }
  return problem;
}

bool HasAnnotations(const Parsed& parsed) {
  return !parsed.shifts.empty() || std::any_of(parsed.statements.begin(), parsed.statements.end(),
                                               [](const Statement& s) { return s.node == nullptr; });
}

// Without annotations, the trees are those of libpg_query.
std::string CheckAgainstGrammar(const Parsed& parsed) {
  PgQueryProtobufParseResult plain = pg_query_parse_protobuf(parsed.original.c_str());
  std::string problem;
  if (plain.error != nullptr) {
    problem = "accepted what the grammar refuses";
  } else {
    PgQuery__ParseResult* tree = pg_query__parse_result__unpack(
        nullptr, plain.parse_tree.len, reinterpret_cast<const uint8_t*>(plain.parse_tree.data));
    if (tree->n_stmts != parsed.statements.size()) problem = "another number of statements";
    for (size_t i = 0; problem.empty() && i < tree->n_stmts; ++i)
      if (Pack(&tree->stmts[i]->stmt->base) != Pack(&parsed.statements[i].node->base)) problem = "another tree";
    pg_query__parse_result__free_unpacked(tree, nullptr);
  }
  pg_query_free_protobuf_parse_result(plain);
  return problem;
}

}  // namespace

std::string CheckParse(std::string_view text) {
  Result<std::shared_ptr<Parsed>> result = Parse(text);
  if (!result.ok()) {
    const Error& error = result.status().error();
    if (error.sqlstate.size() != 5 || error.message.empty()) return "an error without code or message";
    if (error.sqlstate == sqlstate::kInternalError) return "internal error: " + error.message;
    if (error.position < 0 || error.position > static_cast<int>(text.size()) + 1)
      return "an error's position outside the text";
    return "";
  }
  const Parsed& parsed = **result;
  if (std::string problem = CheckPositions(parsed); !problem.empty()) return problem;
  if (!HasAnnotations(parsed)) return CheckAgainstGrammar(parsed);
  return "";
}

}  // namespace allod::sql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  allod::sql::OnParserStack([&] {
    std::string problem = allod::sql::CheckParse(text);
    if (problem.empty()) return;
    std::fprintf(stderr, "%s: %.*s\n", problem.c_str(), static_cast<int>(size), text.data());
    std::abort();
  });
  return 0;
}
