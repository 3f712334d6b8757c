// protobuf-c messages by their descriptors: what holds for every node alike. Internal to sql/.
#pragma once

#include "sql/tree.h"

namespace allod::sql {

inline ProtobufCAllocator AllocatorOf(Arena& arena) {
  return {[](void* data, size_t size) -> void* { return static_cast<Arena*>(data)->Allocate(size); },
          [](void*, void*) {}, &arena};
}

// Calls visit(ProtobufCMessage** slot) for each message directly below this one; the slot may be replaced.
// Recursion is the caller's: kMaxNesting + kMaxChain bounds it.
template <typename Visit>
void EachChild(ProtobufCMessage* message, const Visit& visit) {
  const ProtobufCMessageDescriptor* type = message->descriptor;
  char* base = reinterpret_cast<char*>(message);
  if (type == &pg_query__node__descriptor) {  // one of hundreds of fields is set
    const ProtobufCFieldDescriptor* field =
        protobuf_c_message_descriptor_get_field(type, reinterpret_cast<PgQuery__Node*>(message)->node_case);
    if (field != nullptr && field->type == PROTOBUF_C_TYPE_MESSAGE)
      visit(reinterpret_cast<ProtobufCMessage**>(base + field->offset));
    return;
  }
  for (unsigned i = 0; i < type->n_fields; ++i) {
    const ProtobufCFieldDescriptor& field = type->fields[i];
    // The only other oneof is a constant's value, which holds no node.
    if (field.type != PROTOBUF_C_TYPE_MESSAGE || (field.flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) continue;
    if (field.label == PROTOBUF_C_LABEL_REPEATED) {
      size_t count = *reinterpret_cast<size_t*>(base + field.quantifier_offset);
      auto** children = *reinterpret_cast<ProtobufCMessage***>(base + field.offset);
      for (size_t k = 0; k < count; ++k) visit(&children[k]);
    } else if (auto** child = reinterpret_cast<ProtobufCMessage**>(base + field.offset); *child != nullptr) {
      visit(child);
    }
  }
}

}  // namespace allod::sql
