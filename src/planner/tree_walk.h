// A walk over libpg_query's tree that needs no case per node kind: the structs describe themselves (protobuf-c).
#pragma once

#include <protobuf-c/protobuf-c.h>

#include <functional>
#include <string>
#include <vector>

#include "sql/tree.h"

namespace allod::planner {

// Calls `visit` for `message` and everything below it, parents first; children of a node for which it answers false are
// left out. The message may be changed by `visit` (not freed).
void WalkTree(ProtobufCMessage* message, const std::function<bool(ProtobufCMessage*)>& visit);

inline void WalkTree(const PgQuery__Node* node, const std::function<bool(ProtobufCMessage*)>& visit) {
  if (node != nullptr) WalkTree(const_cast<ProtobufCMessage*>(&node->base), visit);
}

// As<PgQuery__ColumnRef>(message, pg_query__column_ref__descriptor): null if it is something else.
template <typename T>
T* As(ProtobufCMessage* message, const ProtobufCMessageDescriptor& descriptor) {
  return message->descriptor == &descriptor ? reinterpret_cast<T*>(message) : nullptr;
}

// The text of a String node; "" for anything else.
inline const char* NodeText(const PgQuery__Node* node) {
  return node != nullptr && node->node_case == PG_QUERY__NODE__NODE_STRING && node->string->sval != nullptr
             ? node->string->sval
             : "";
}

// The texts of a list of String nodes: {"s", "t"} of a qualified name.
inline std::vector<std::string> NodeTexts(size_t count, PgQuery__Node* const* nodes) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < count; ++i) texts.emplace_back(NodeText(nodes[i]));
  return texts;
}

// Leftmost `location` in the tree; -1 if none.
int LeftmostLocation(const PgQuery__Node* node);

// A new String node.
PgQuery__Node* MakeString(sql::Arena* arena, std::string_view text);

}  // namespace allod::planner
