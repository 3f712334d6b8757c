#include "net/result.h"

#include "base/format.h"
#include "net/wire.h"

namespace allod::net {

void AppendRowDescription(std::string* out, const std::vector<planner::ResultColumn>& columns,
                          const std::vector<uint16_t>& formats) {
  MessageWriter message(out, ServerMessage::kRowDescription);
  message.Int16(static_cast<uint16_t>(columns.size()));
  for (size_t i = 0; i < columns.size(); ++i) {
    const planner::ResultColumn& column = columns[i];
    const TypeInfo* info = FindType(column.type.oid);
    message.CString(column.name);
    message.Int32(column.table);
    message.Int16(static_cast<uint16_t>(column.table == 0 ? 0 : column.attnum));
    message.Int32(column.type.oid);
    message.Int16(static_cast<uint16_t>(info == nullptr ? -1 : info->length));
    message.Int32(static_cast<uint32_t>(column.type.typmod));
    message.Int16(FormatOf(formats, i));
  }
}

void AppendDataRow(std::string* out, const std::vector<planner::ResultColumn>& columns,
                   const std::vector<uint16_t>& formats, std::span<const Datum> values, const FormatContext& context) {
  MessageWriter message(out, ServerMessage::kDataRow);
  message.Int16(static_cast<uint16_t>(values.size()));
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].is_null()) {
      message.Int32(UINT32_MAX);
      continue;
    }
    size_t length_at = out->size();
    message.Int32(0);
    if (FormatOf(formats, i) == 0) {
      AppendText(columns[i].type, values[i], context, out);
    } else {
      AppendBinary(columns[i].type, values[i], context, out);
    }
    MessageWriter::PatchInt32(out, length_at, static_cast<uint32_t>(out->size() - length_at - 4));
  }
}

void AppendParameterDescription(std::string* out, const std::vector<Type>& types) {
  MessageWriter message(out, ServerMessage::kParameterDescription);
  message.Int16(static_cast<uint16_t>(types.size()));
  for (const Type& type : types) message.Int32(type.oid);
}

}  // namespace allod::net
