#include "planner/tree_walk.h"

namespace allod::planner {

void WalkTree(ProtobufCMessage* message, const std::function<bool(ProtobufCMessage*)>& visit) {
  if (message == nullptr || !visit(message)) return;
  const ProtobufCMessageDescriptor* descriptor = message->descriptor;
  char* base = reinterpret_cast<char*>(message);
  for (unsigned i = 0; i < descriptor->n_fields; ++i) {
    const ProtobufCFieldDescriptor& field = descriptor->fields[i];
    if (field.type != PROTOBUF_C_TYPE_MESSAGE) continue;
    if (field.label == PROTOBUF_C_LABEL_REPEATED) {
      const size_t count = *reinterpret_cast<size_t*>(base + field.quantifier_offset);
      ProtobufCMessage** items = *reinterpret_cast<ProtobufCMessage***>(base + field.offset);
      for (size_t k = 0; k < count; ++k) WalkTree(items[k], visit);
      continue;
    }
    if ((field.flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
        *reinterpret_cast<uint32_t*>(base + field.quantifier_offset) != field.id) {
      continue;
    }
    WalkTree(*reinterpret_cast<ProtobufCMessage**>(base + field.offset), visit);
  }
}

int LeftmostLocation(const PgQuery__Node* node) {
  int leftmost = -1;
  WalkTree(node, [&](ProtobufCMessage* message) {
    const ProtobufCFieldDescriptor* field = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "location");
    if (field != nullptr && field->type == PROTOBUF_C_TYPE_INT32) {
      const int32_t location = *reinterpret_cast<int32_t*>(reinterpret_cast<char*>(message) + field->offset);
      // Zero stands for "not given" too: nodes that the grammar makes up have it.
      if (location > 0 && (leftmost < 0 || location < leftmost)) leftmost = location;
    }
    return true;
  });
  return leftmost;
}

PgQuery__Node* MakeString(sql::Arena* arena, std::string_view text) {
  auto* string = arena->Make<PgQuery__String>(pg_query__string__init);
  string->sval = arena->String(text);
  auto* node = arena->Make<PgQuery__Node>(pg_query__node__init);
  node->node_case = PG_QUERY__NODE__NODE_STRING;
  node->string = string;
  return node;
}

}  // namespace allod::planner
