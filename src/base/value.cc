#include "base/value.h"

#include <bit>

namespace allod {

std::strong_ordering Value::operator<=>(const Value& o) const {
  if (kind_ != o.kind_) return kind_ <=> o.kind_;
  switch (kind_) {
    case Kind::kNull:
      return std::strong_ordering::equal;
    case Kind::kInteger:
      return integer_ <=> o.integer_;
    case Kind::kReal: {
      // By bits, so that 0.0 and -0.0 differ and the order is total: negative numbers have their bits reversed.
      auto key = [](double d) {
        auto bits = std::bit_cast<uint64_t>(d);
        return (bits >> 63) != 0 ? ~bits : bits | (uint64_t{1} << 63);
      };
      return key(real_) <=> key(o.real_);
    }
    case Kind::kText:
    case Kind::kBlob:
      return bytes_ <=> o.bytes_;
  }
  return std::strong_ordering::equal;
}

}  // namespace allod
