// The statements that are prepared on one connection, by what they were prepared from; the least recently used goes first.
#pragma once

#include <algorithm>
#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/types.h"
#include "engine/engine.h"
#include "engine/postgres/values.h"

namespace allod::engine::postgres {

struct Prepared {
  std::string text;
  int path = 0;                // of the settings it was prepared under (settings.h)
  std::vector<Oid> types;      // as they were declared
  std::string name;            // the cluster's
  uint64_t epoch = 0;          // of the definitions it was prepared under
  StatementShape shape;
  std::vector<Oid> parameters;
  std::vector<ColumnReader> readers;
  bool binary = true;          // results are asked for in binary form
};

class Statements {
 public:
  explicit Statements(size_t limit) : limit_(limit) {}

  // `path`: a number for the search_path, which decides what the names in the text mean.
  std::shared_ptr<const Prepared> Find(int path, std::span<const Oid> types, std::string_view text);
  void Add(std::shared_ptr<const Prepared> prepared);
  void Drop(const Prepared& prepared);  // to be prepared again
  // Names that the cluster still has and nobody wants any more.
  std::vector<std::string>& dropped() { return dropped_; }
  size_t size() const { return uses_.size(); }

 private:
  struct Key {  // a view, of what the entry itself holds
    int path;
    std::span<const Oid> types;
    std::string_view text;
    bool operator==(const Key& o) const {
      return path == o.path && text == o.text && std::equal(types.begin(), types.end(), o.types.begin(), o.types.end());
    }
  };
  struct Hash {
    size_t operator()(const Key& key) const {
      size_t h = std::hash<std::string_view>()(key.text) + static_cast<size_t>(key.path);
      for (const Oid type : key.types) h = h * 31 + type;
      return h;
    }
  };
  using Uses = std::list<std::shared_ptr<const Prepared>>;  // the most recent first
  static Key KeyOf(const Prepared& prepared) { return {prepared.path, prepared.types, prepared.text}; }
  void Remove(Uses::iterator use);

  const size_t limit_;
  Uses uses_;
  std::unordered_map<Key, Uses::iterator, Hash> entries_;
  std::vector<std::string> dropped_;
};

}  // namespace allod::engine::postgres
