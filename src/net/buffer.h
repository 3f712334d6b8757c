// Buffers of a connection. They are borrowed from a small store of the thread when bytes are there and given back when
// the connection waits, so that an idle connection holds none and a busy one allocates none.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace allod::net {

inline constexpr size_t kPooledBytes = 16 << 10;

// What has arrived and is not yet used. Grows only as bytes come. One thread at a time.
class InputBuffer {
 public:
  InputBuffer() = default;
  ~InputBuffer() { Release(); }
  InputBuffer(const InputBuffer&) = delete;
  InputBuffer& operator=(const InputBuffer&) = delete;

  std::string_view view() const { return {data_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  void Consume(size_t count) { begin_ += count; }
  void Append(std::string_view bytes);

  // Room to receive into. `wanted`: the size of the message that has begun, or 0: the room grows towards it by doubling
  // what is already there, so a length alone makes nobody allocate.
  void Prepare(size_t wanted);
  char* space() { return data_.get() + end_; }
  size_t space_size() const { return capacity_ - end_; }
  void Received(size_t count) { end_ += count; }

  // Gives the memory back. REQUIRES: empty().
  void Release();
  size_t capacity() const { return capacity_; }

 private:
  void MoveTo(size_t capacity);
  std::unique_ptr<char[]> data_;
  size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

// Output strings: an empty one with some capacity, and back.
std::string TakeString();
void GiveString(std::string string);

}  // namespace allod::net
