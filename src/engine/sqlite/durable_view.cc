#include "engine/sqlite/durable_view.h"

namespace allod::engine::sqlite {
namespace {
constexpr size_t kMostWaiting = 1024;  // commits that wait for one sync: far more than clients do
}

void DurableView::Committed(sqlite3_snapshot* taken, CommitNumber number) {
  if (taken == nullptr) return;
  std::lock_guard lock(mutex_);
  waiting_.push_back({number, std::shared_ptr<sqlite3_snapshot>(taken, sqlite3_snapshot_free)});
  if (waiting_.size() > kMostWaiting) waiting_.pop_front();
}

DurableView::Snapshot DurableView::Newest(CommitNumber durable) {
  std::lock_guard lock(mutex_);
  while (!waiting_.empty() && waiting_.front().number <= durable) {
    newest_ = std::move(waiting_.front());
    waiting_.pop_front();
  }
  return newest_;
}

}  // namespace allod::engine::sqlite
