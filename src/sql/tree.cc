#include "sql/tree.h"

#include <algorithm>
#include <cstddef>

namespace allod::sql {

namespace {
constexpr size_t kAlignment = alignof(std::max_align_t);
constexpr size_t kFirstBlock = 4u << 10;  // a short statement's tree fits
constexpr size_t kLargestBlock = 1u << 20;
}  // namespace

void* Arena::Allocate(size_t bytes) {
  bytes = (std::max<size_t>(bytes, 1) + kAlignment - 1) & ~(kAlignment - 1);
  if (bytes > left_) {
    // A request that is large by itself gets a block of its own, and the current block stays in use.
    size_t block = std::clamp(bytes_, kFirstBlock, kLargestBlock);
    bool own = bytes > block / 4;
    if (own) block = bytes;
    blocks_.push_back(std::unique_ptr<char[]>(new char[block]));
    bytes_ += block;
    if (own) return blocks_.back().get();
    next_ = blocks_.back().get();
    left_ = block;
  }
  void* result = next_;
  next_ += bytes;
  left_ -= bytes;
  return result;
}

char* Arena::String(std::string_view text) {
  char* copy = static_cast<char*>(Allocate(text.size() + 1));
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  return copy;
}

}  // namespace allod::sql
