// A file layer for tests: files in memory that forget, when the power goes, what was not synced.
//
// A crash may come at any write, truncation or sync. What was written since a file's last sync then survives in part:
// each 512-byte sector of each write on its own, in no order, as a disk with a cache does it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace allod::engine::sqlite {

class LossyFiles {
 public:
  // Registers the layer. One at a time in a process; the engine must be gone before it is.
  explicit LossyFiles(uint64_t seed);
  ~LossyFiles();

  // For Options::file_layer.
  static std::string Name() { return "allod-lossy"; }
  static std::string EncryptedName() { return "multipleciphers-allod-lossy"; }

  // The power goes at the n-th operation that would change a file, counted from now: it and all later ones fail.
  void CrashAfter(uint64_t operations);
  bool crashed() const;
  uint64_t operations() const;  // since the last CrashAfter
  // After a crash, or as if one happened now: loses what is lost, and files can be used again.
  void Restart();

  // From now on every write that makes a file longer fails as on a full disk, or not.
  void SetFull(bool full);
  // The next `count` syncs fail.
  void FailSyncs(int count);
  // A sync takes this long, as on a disk.
  void SetSyncTime(std::chrono::microseconds time);
  // Reads of whole pages or frames so far.
  uint64_t page_reads() const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace allod::engine::sqlite
