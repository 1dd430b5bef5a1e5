#pragma once

#include <filesystem>

namespace plasticity {

/// An advisory lock (flock) that processes and threads hold in turn. The constructor waits for it;
/// the lock's file is removed at the end.
class FileLock {
 public:
  /// Throws InputError when the file cannot be made. A file system without locks gives none.
  explicit FileLock(const std::filesystem::path& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace plasticity
