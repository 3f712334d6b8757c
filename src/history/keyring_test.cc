#include "history/keyring.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>


namespace allod::history {
namespace {

namespace fs = std::filesystem;

#define ASSERT_OK(expr) ASSERT_TRUE((expr).ok())

std::string Bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class KeyringTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "allod-keyring-XXXXXX").string();  // tidy: allow note: mkdtemp's pattern
    directory_ = mkdtemp(name.data());
    keys_ = (directory_ / "keys").string();
  }
  void TearDown() override { fs::remove_all(directory_); }

  std::shared_ptr<Keyring> Open(bool fresh) {
    auto opened = Keyring::Open(keys_, kId, fresh);
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.status().error().message);
    return opened.ok() ? *opened : nullptr;
  }
  static std::string KeyOf(Keyring& keyring, int64_t domain) {
    auto found = keyring.Find(domain);
    EXPECT_TRUE(found.ok());
    return found.ok() && *found ? std::string((*found)->key.bytes()) : "";
  }
  std::string RingFile(int number) const { return keys_ + "/" + std::string(32, '6') + "/" + std::to_string(number) + ".ring"; }

  const std::string kId = std::string(16, 'f');  // 66 in hexadecimal
  fs::path directory_;
  std::string keys_;
};

TEST_F(KeyringTest, KeysAreThereAfterwards) {
  std::string first, last;
  {
    auto keyring = Open(true);
    EXPECT_EQ(KeyOf(*keyring, 3), "");
    ASSERT_OK(keyring->Reach(2500));
    EXPECT_EQ(KeyOf(*keyring, 3), "") << "the rings before it are made when they are needed";
    ASSERT_OK(keyring->Reach(3));
    first = KeyOf(*keyring, 3);
    last = KeyOf(*keyring, 2999);
    EXPECT_EQ(first.size(), crypto::kKeyBytes);
    EXPECT_NE(first, KeyOf(*keyring, 4));
  }
  auto keyring = Open(false);
  EXPECT_EQ(KeyOf(*keyring, 3), first);
  EXPECT_EQ(KeyOf(*keyring, 2999), last);
  EXPECT_EQ(KeyOf(*keyring, 3000), "");
  struct stat info {};
  for (const std::string& file : {keys_ + "/master.key", RingFile(0)}) {
    ASSERT_EQ(stat(file.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u) << file;
  }
}

TEST_F(KeyringTest, NoFileHasAKeyInTheOpen) {
  auto keyring = Open(true);
  ASSERT_OK(keyring->Reach(0));
  const std::string key = KeyOf(*keyring, 17);
  for (const auto& file : fs::recursive_directory_iterator(keys_)) {
    if (!file.is_regular_file()) continue;
    EXPECT_EQ(Bytes(file.path()).find(key), std::string::npos) << file.path();
  }
}

TEST_F(KeyringTest, ADestroyedKeyIsGoneFromMemoryAndFiles) {
  auto keyring = Open(true);
  ASSERT_OK(keyring->Reach(1500));
  ASSERT_OK(keyring->Reach(0));
  const std::string kept = KeyOf(*keyring, 1);
  const std::string sealed_before = Bytes(RingFile(0)).substr(8 + 72 + 2 * 72, 72);
  ASSERT_OK(keyring->Destroy({2, 1400}));
  ASSERT_OK(keyring->Destroy({2, 1400, 999999}));  // again, and what never was
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(KeyOf(*keyring, 2), "");
    EXPECT_EQ(KeyOf(*keyring, 1400), "");
    EXPECT_EQ(KeyOf(*keyring, 1), kept);
    keyring = Open(false);
  }
  EXPECT_EQ(Bytes(RingFile(0)).find(sealed_before), std::string::npos);
  // The rings of an older backup are of no use with the rest of today's: another epoch key, another number.
  EXPECT_FALSE(fs::exists(RingFile(0) + ".next"));
}

TEST_F(KeyringTest, AKillWhileARingIsReplacedLeavesAWholeOne) {
  std::string key, old_ring, new_ring;
  {
    auto keyring = Open(true);
    ASSERT_OK(keyring->Reach(0));
    key = KeyOf(*keyring, 1);
    old_ring = Bytes(RingFile(0));
    ASSERT_OK(keyring->Destroy({2}));
    new_ring = Bytes(RingFile(0));
  }
  auto put = [&](const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  };
  struct { const char* what; std::string ring, next; bool destroyed; } cases[] = {
      {"the new one is not whole", old_ring, new_ring.substr(0, 1000), false},
      {"the old one is untouched", old_ring, new_ring, false},
      {"the old one is overwritten in part", std::string(5000, '\0') + old_ring.substr(5000), new_ring, true},
      {"the old one is overwritten", std::string(old_ring.size(), '\0'), new_ring, true},
  };
  for (const auto& c : cases) {
    put(RingFile(0), c.ring);
    put(RingFile(0) + ".next", c.next);
    auto keyring = Open(false);
    EXPECT_EQ(KeyOf(*keyring, 1), key) << c.what;
    EXPECT_EQ(KeyOf(*keyring, 2).empty(), c.destroyed) << c.what;
    EXPECT_FALSE(fs::exists(RingFile(0) + ".next")) << c.what;
  }
}

TEST_F(KeyringTest, DamageAndStrangersAreNamed) {
  {
    auto keyring = Open(true);
    ASSERT_OK(keyring->Reach(0));
  }
  EXPECT_FALSE(Keyring::Open((directory_ / "elsewhere").string(), kId, false).ok());
  EXPECT_FALSE(Keyring::Open(keys_, std::string(16, 'g'), false).ok());
  const std::string ring = Bytes(RingFile(0));
  for (size_t at : {size_t{0}, size_t{20}, size_t{100}, ring.size() - 1}) {
    std::string bent = ring;
    bent[at] = static_cast<char>(bent[at] ^ 1);
    std::ofstream(RingFile(0), std::ios::binary | std::ios::trunc) << bent;
    auto keyring = Open(false);
    auto found = keyring->Find(1);
    ASSERT_FALSE(found.ok()) << at;
    EXPECT_EQ(found.status().error().sqlstate, sqlstate::kDataCorrupted);
  }
  fs::permissions(keys_ + "/master.key", fs::perms::group_read, fs::perm_options::add);
  EXPECT_FALSE(Keyring::Open(keys_, kId, false).ok());
}

TEST_F(KeyringTest, RemovingLeavesNoRing) {
  auto keyring = Open(true);
  ASSERT_OK(keyring->Reach(0));
  ASSERT_OK(keyring->Remove());
  EXPECT_FALSE(fs::exists(fs::path(RingFile(0)).parent_path()));
  EXPECT_TRUE(fs::exists(keys_ + "/master.key"));
}

TEST_F(KeyringTest, InMemoryItForgetsNothingButWhatIsDestroyed) {
  auto opened = Keyring::Open("", kId, true);
  ASSERT_OK(opened);
  Keyring& keyring = **opened;
  ASSERT_OK(keyring.Reach(5));
  EXPECT_NE(KeyOf(keyring, 5), "");
  ASSERT_OK(keyring.Destroy({5}));
  EXPECT_EQ(KeyOf(keyring, 5), "");
  EXPECT_NE(KeyOf(keyring, 6), "");
}

}  // namespace
}  // namespace allod::history
