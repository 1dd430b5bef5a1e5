#include "suite/base/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "suite/base/files.h"

namespace plasticity {
namespace {

// Whether `path` still names the file that is open: its last holder may have removed it meanwhile.
bool IsStillThere(int descriptor, const std::filesystem::path& path) {
  struct stat opened = {};
  struct stat named = {};
  return ::fstat(descriptor, &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

}  // namespace

FileLock::FileLock(const std::filesystem::path& path, const std::string& hint) {
  Acquire(path, hint, true);
}

std::unique_ptr<FileLock> FileLock::Try(const std::filesystem::path& path) {
  std::unique_ptr<FileLock> lock(new FileLock);
  if (!lock->Acquire(path, "", false)) return nullptr;
  return lock;
}

// Gives whether the lock is held now; without `wait` it may not be.
bool FileLock::Acquire(const std::filesystem::path& path, const std::string& hint, bool wait) {
  const auto fail = [&](int reason) {
    if (hint.empty()) CannotWrite(path, reason);
    ThrowFor(reason,
             fmt::format("cannot write {}: {}. {}", path.string(), std::strerror(reason), hint));
  };
  // More than once, since its last holder may remove the file, or the folder, at any moment.
  for (int tries = 0;; ++tries) {
    if (path.has_parent_path()) {
      const std::error_code failed = MakeFolders(path.parent_path());
      if (failed) fail(failed.value());
    }
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) {
      if (errno == ENOENT && tries < 10) continue;
      fail(errno);
    }
    int status = 0;
    do {
      status = ::flock(descriptor, LOCK_EX | (wait ? 0 : LOCK_NB));
    } while (status != 0 && errno == EINTR);
    if (status != 0 && errno == EWOULDBLOCK) {
      ::close(descriptor);
      return false;
    }
    if (status != 0 || IsStillThere(descriptor, path)) {
      path_ = path;
      descriptor_ = descriptor;
      return true;
    }
    ::close(descriptor);
  }
}

FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  ::unlink(path_.c_str());
  ::close(descriptor_);
}

}  // namespace plasticity
