// For the tests and the fuzz target of the parser.
#pragma once

#include <pthread.h>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>

#include "sql/message.h"
#include "sql/parse.h"

namespace allod::sql {

// Runs on a thread with the stack that Parse() asks for, and waits for it.
inline void OnParserStack(std::function<void()> work, size_t stack_bytes = 512u << 20) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_bytes);
  pthread_t thread;
  auto run = [](void* argument) -> void* {
    (*static_cast<std::function<void()>*>(argument))();
    return nullptr;
  };
  pthread_create(&thread, &attributes, run, &work);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

// Calls visit(message) for a message and all below it.
template <typename Visit>
void WalkMessages(ProtobufCMessage* message, const Visit& visit) {
  visit(static_cast<const ProtobufCMessage*>(message));
  EachChild(message, [&visit](ProtobufCMessage** child) { WalkMessages(*child, visit); });
}

inline std::string Pack(const ProtobufCMessage* message) {
  std::string packed(protobuf_c_message_get_packed_size(message), '\0');
  protobuf_c_message_pack(message, reinterpret_cast<uint8_t*>(packed.data()));
  return packed;
}

// What must hold of whatever Parse() answers to `text`; "" if it does, else what does not. annotation_fuzz.cc.
std::string CheckParse(std::string_view text);

}  // namespace allod::sql
