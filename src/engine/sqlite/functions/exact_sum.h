// Sums that can be taken back exactly, for window frames that move.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string_view>

#include "base/numeric.h"

namespace allod::engine::sqlite {

// Of numeric values, in stored form.
class ExactSum {
 public:
  void Add(std::string_view stored) { Change(stored, 1); }
  void Remove(std::string_view stored) { Change(stored, -1); }
  int64_t count() const { return count_; }
  // The largest scale among the values there are. NaN and the infinities as PostgreSQL adds them.
  Result<Numeric> Total() const;

 private:
  void Change(std::string_view stored, int sign);
  void Flush();

  int64_t count_ = 0, nan_ = 0, positive_ = 0, negative_ = 0;
  std::map<int, int64_t> scales_;       // how many values have a scale
  int last_scale_ = -1;
  int64_t* last_count_ = nullptr;       // its entry: most columns have one scale
  // The sum is big_ + small_ / 10^scale_.
  __int128 small_ = 0;
  int scale_ = 0;
  Numeric big_;
  bool overflow_ = false;
};

// Of doubles: fixed point over the whole range of exponents.
class ExactFloatSum {
 public:
  void Add(double v) { Change(v, 1); }
  void Remove(double v) { Change(v, -1); }
  // x * y, exactly (but for underflow of the low part).
  void AddProduct(double x, double y, int sign);
  // To 113 bits. Infinite or NaN if the values were.
  __float128 Total() const;

 private:
  void Change(double v, int sign);
  void Carry();

  // limbs_[i] counts units of 2^(32 i - 1126): the spare 52 bits are for the low parts of products.
  static constexpr int kLimbs = 72;
  int64_t limbs_[kLimbs] = {};
  int32_t changes_ = 0;
  int64_t nan_ = 0, positive_ = 0, negative_ = 0;
};

// The rows of a frame, in order, so that floating point adds up as PostgreSQL does it: anew for every frame. Of more than
// kMost rows it keeps none (a plain aggregate may see any number); then exact sums serve.
template <typename T>
class Frame {
 public:
  void Add(const T& row) {
    if (!whole_) return;
    rows_.push_back(row);
    if (rows_.size() <= kMost) return;
    whole_ = false;
    rows_ = {};
  }
  void RemoveFirst() {
    if (!rows_.empty()) rows_.pop_front();
  }
  bool whole() const { return whole_; }
  const std::deque<T>& rows() const { return rows_; }

 private:
  static constexpr size_t kMost = 4096;
  std::deque<T> rows_;
  bool whole_ = true;
};

std::string Int128Text(__int128 v);

}  // namespace allod::engine::sqlite
