// Compiled statements by text and all they depend on; least recently used go first. Thread-safe.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace allod::session {

struct Compiled;

class StatementCache {
 public:
  static constexpr size_t kMaxEntries = 2048;
  static constexpr size_t kMaxTextBytes = 64 << 10;  // longer texts are not worth keeping

  std::shared_ptr<const Compiled> Find(const std::string& key) {
    std::lock_guard lock(mutex_);
    auto it = index_.find(key);
    if (it == index_.end()) return nullptr;
    order_.splice(order_.begin(), order_, it->second);
    return it->second->compiled;
  }
  void Add(const std::string& key, std::shared_ptr<const Compiled> compiled) {
    if (key.size() > kMaxTextBytes) return;
    std::lock_guard lock(mutex_);
    if (index_.contains(key)) return;
    order_.push_front({key, std::move(compiled)});
    index_.emplace(order_.front().key, order_.begin());
    if (order_.size() > kMaxEntries) {
      index_.erase(order_.back().key);
      order_.pop_back();
    }
  }
  // After a change of definitions: nothing in it will be found again.
  void Clear() {
    std::lock_guard lock(mutex_);
    index_.clear();
    order_.clear();
  }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const Compiled> compiled;
  };
  std::mutex mutex_;
  std::list<Entry> order_;
  std::unordered_map<std::string_view, std::list<Entry>::iterator> index_;
};

}  // namespace allod::session
