#include "net/buffer.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace allod::net {
namespace {

constexpr size_t kKept = 16;                     // buffers and strings kept by each thread
constexpr size_t kKeptStringBytes = 256 << 10;   // a larger one goes back to the heap

thread_local std::vector<std::unique_ptr<char[]>> free_buffers;
thread_local std::vector<std::string> free_strings;

std::unique_ptr<char[]> TakeBuffer() {
  if (free_buffers.empty()) return std::unique_ptr<char[]>(new char[kPooledBytes]);
  std::unique_ptr<char[]> buffer = std::move(free_buffers.back());
  free_buffers.pop_back();
  return buffer;
}

}  // namespace

void InputBuffer::MoveTo(size_t capacity) {
  std::unique_ptr<char[]> data =
      capacity == kPooledBytes ? TakeBuffer() : std::unique_ptr<char[]>(new char[capacity]);
  if (!empty()) std::memcpy(data.get(), data_.get() + begin_, end_ - begin_);
  size_t size = end_ - begin_;
  begin_ = end_ = 0;
  Release();
  data_ = std::move(data);
  capacity_ = capacity;
  end_ = size;
}

void InputBuffer::Prepare(size_t wanted) {
  if (capacity_ == 0) return MoveTo(kPooledBytes);
  if (empty()) begin_ = end_ = 0;
  size_t size = end_ - begin_;
  size_t target = std::max(size + 1, std::min(wanted, std::max(kPooledBytes, 2 * size)));
  if (begin_ + target <= capacity_) return;
  if (target <= capacity_) {
    std::memmove(data_.get(), data_.get() + begin_, size);
    begin_ = 0;
    end_ = size;
    return;
  }
  MoveTo(target);
}

void InputBuffer::Append(std::string_view bytes) {
  size_t size = end_ - begin_;
  if (capacity_ - end_ < bytes.size()) MoveTo(std::max(kPooledBytes, size + bytes.size()));
  if (!bytes.empty()) std::memcpy(space(), bytes.data(), bytes.size());
  end_ += bytes.size();
}

void InputBuffer::Release() {
  if (capacity_ == kPooledBytes && free_buffers.size() < kKept) free_buffers.push_back(std::move(data_));
  data_.reset();
  capacity_ = begin_ = end_ = 0;
}

std::string TakeString() {
  if (free_strings.empty()) {
    std::string string;
    string.reserve(kPooledBytes);
    return string;
  }
  std::string string = std::move(free_strings.back());
  free_strings.pop_back();
  return string;
}

void GiveString(std::string string) {
  if (string.capacity() > kKeptStringBytes || string.capacity() < 1024 || free_strings.size() >= kKept) return;
  string.clear();
  free_strings.push_back(std::move(string));
}

}  // namespace allod::net
