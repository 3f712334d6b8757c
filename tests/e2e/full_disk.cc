// A shared library that is put before libc (LD_PRELOAD): while the file named by ALLOD_TEST_DISK_FULL exists, the disk is full. Every
// call that would make a file longer fails with ENOSPC, as does every write, like on a disk without a free block.
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

namespace {

bool Full(int fd) {
  static const char* flag = getenv("ALLOD_TEST_DISK_FULL");
  if (flag == nullptr || access(flag, F_OK) != 0) return false;
  struct stat info;
  return fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

template <typename Function>
Function Real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

ssize_t Refuse() {
  errno = ENOSPC;
  return -1;
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* data, size_t size) {
  static auto real = Real<ssize_t (*)(int, const void*, size_t)>("write");
  return fd > 2 && Full(fd) ? Refuse() : real(fd, data, size);
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  static auto real = Real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  return Full(fd) ? Refuse() : real(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off_t at) {
  static auto real = Real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite64");
  return Full(fd) ? Refuse() : real(fd, data, size, at);
}
int ftruncate(int fd, off_t size) {
  static auto real = Real<int (*)(int, off_t)>("ftruncate");
  struct stat info;
  if (Full(fd) && fstat(fd, &info) == 0 && size > info.st_size) return static_cast<int>(Refuse());
  return real(fd, size);
}
int ftruncate64(int fd, off_t size) { return ftruncate(fd, size); }
int posix_fallocate(int fd, off_t at, off_t size) {
  static auto real = Real<int (*)(int, off_t, off_t)>("posix_fallocate");
  return Full(fd) ? ENOSPC : real(fd, at, size);
}
int posix_fallocate64(int fd, off_t at, off_t size) { return posix_fallocate(fd, at, size); }

}  // extern "C"
