// to_char(), to_number(), to_date(), to_timestamp().
#include "engine/sqlite/functions/body.h"
#include "engine/sqlite/functions/format_datetime.h"
#include "engine/sqlite/functions/format_number.h"

namespace allod::engine::sqlite {
namespace {

void IntToChar(Call& call) { call.Give(NumericToChar(Numeric::FromInt64(call.integer(0)), call.bytes(1))); }
void NumericToCharBody(Call& call) { call.Give(NumericToChar(call.numeric(0), call.bytes(1))); }
template <int kDigits>
void FloatToCharBody(Call& call) { call.Give(FloatToChar(call.real(0), kDigits, call.bytes(1))); }
void ToNumberBody(Call& call) {
  if (!call.bytes(1).empty()) call.Give(ToNumber(call.bytes(0), call.bytes(1)));
}

void TimestampToCharBody(Call& call) {
  if (call.bytes(1).empty() || IsInfiniteTimestamp(call.integer(0))) return;
  call.Give(TimestampToChar(call.integer(0), call.bytes(1)));
}
void TimestamptzToCharBody(Call& call) {
  if (call.bytes(1).empty() || IsInfiniteTimestamp(call.integer(0))) return;
  call.Give(TimestamptzToChar(call.integer(0), call.bytes(1), call.zone()));
}
void IntervalToCharBody(Call& call) {
  if (!call.bytes(1).empty()) call.Give(IntervalToChar(call.interval(0), call.bytes(1)));
}
void ToTimestamp(Call& call) { call.Give(TextToTimestamptz(call.bytes(0), call.bytes(1), call.zone())); }
void ToDate(Call& call) { call.Give(TextToDate(call.bytes(0), call.bytes(1))); }

constexpr Scalar kScalars[] = {
    {"pg_int_to_char", 2, Strict<IntToChar>},
    {"pg_numeric_to_char", 2, Strict<NumericToCharBody>},
    {"pg_float4_to_char", 2, Strict<FloatToCharBody<6>>},
    {"pg_float8_to_char", 2, Strict<FloatToCharBody<15>>},
    {"pg_to_number", 2, Strict<ToNumberBody>},
    {"pg_timestamp_to_char", 2, Strict<TimestampToCharBody>},
    {"pg_timestamptz_to_char", 2, Strict<TimestamptzToCharBody>},
    {"pg_interval_to_char", 2, Strict<IntervalToCharBody>},
    {"pg_to_timestamp", 2, Strict<ToTimestamp>},
    {"pg_to_date", 2, Strict<ToDate>},
};

}  // namespace

std::span<const Scalar> FormattingScalars() { return kScalars; }

}  // namespace allod::engine::sqlite
