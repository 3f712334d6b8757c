#include "engine/postgres/statements.h"

#include <utility>

namespace allod::engine::postgres {

std::shared_ptr<const Prepared> Statements::Find(int path, std::span<const Oid> types, std::string_view text) {
  const auto entry = entries_.find(Key{path, types, text});
  if (entry == entries_.end()) return nullptr;
  uses_.splice(uses_.begin(), uses_, entry->second);
  return *entry->second;
}

void Statements::Add(std::shared_ptr<const Prepared> prepared) {
  if (const auto old = entries_.find(KeyOf(*prepared)); old != entries_.end()) Remove(old->second);
  while (!uses_.empty() && uses_.size() >= limit_) Remove(std::prev(uses_.end()));
  uses_.push_front(std::move(prepared));
  entries_.emplace(KeyOf(*uses_.front()), uses_.begin());
}

void Statements::Drop(const Prepared& prepared) {
  const auto entry = entries_.find(KeyOf(prepared));
  if (entry != entries_.end() && entry->second->get() == &prepared) Remove(entry->second);
}

void Statements::Remove(Uses::iterator use) {
  dropped_.push_back((*use)->name);
  entries_.erase(KeyOf(**use));
  uses_.erase(use);
}

}  // namespace allod::engine::postgres
