#include "suite/base/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "suite/base/error.h"

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

FileLock::FileLock(const std::filesystem::path& path) : path_(path) {
  const auto fail = [&](const std::string& reason) {
    throw InputError(fmt::format(
        "cannot write to the cache folder {}: {}. Set XDG_CACHE_HOME to a folder that can be "
        "written.",
        path.parent_path().string(), reason));
  };
  std::error_code failed;
  std::filesystem::create_directories(path.parent_path(), failed);
  if (failed) fail(failed.message());
  while (true) {
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0) fail(std::strerror(errno));
    int status = 0;
    do {
      status = ::flock(descriptor_, LOCK_EX);
    } while (status != 0 && errno == EINTR);
    if (status != 0 || IsStillThere(descriptor_, path)) return;
    ::close(descriptor_);
  }
}

FileLock::~FileLock() {
  ::unlink(path_.c_str());
  ::close(descriptor_);
}

}  // namespace plasticity
