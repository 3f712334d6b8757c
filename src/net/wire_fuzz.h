// What a fuzzer drives: every parser of wire.h on the same bytes. Used by the fuzz target and by a bounded unit test.
#pragma once

#include <cstdint>
#include <string>

#include "net/error.h"
#include "net/wire.h"

namespace allod::net {

inline void FuzzBody(std::string_view body) {
  std::string_view text;
  std::optional<std::string_view> response;
  ParseMessage parse;
  BindMessage bind;
  ExecuteMessage execute;
  NamedMessage named;
  StartupPacket startup;
  std::string out;
  for (const Status& status : {ReadQuery(body, &text), ReadParse(body, &parse), ReadBind(body, &bind), ReadExecute(body, &execute),
                               ReadNamed(body, &named), ReadSaslInitial(body, &text, &response), ReadStartup(body, &startup)}) {
    if (!status.ok()) AppendError(&out, status.error());
  }
  auto options = ParseOptions(body);
  if (!options.ok()) AppendError(&out, options.status().error());
}

inline void FuzzWire(const uint8_t* data, size_t size) {
  std::string_view all(reinterpret_cast<const char*>(data), size);
  for (Phase phase : {Phase::kStartup, Phase::kAuthentication, Phase::kReady}) {
    std::string_view rest = all;
    for (;;) {
      FrameResult result = NextFrame(rest, phase);
      if (result.state != FrameResult::State::kComplete) break;
      FuzzBody(result.frame.body);
      rest.remove_prefix(result.consumed);
    }
  }
  FuzzBody(all);
}

}  // namespace allod::net
