#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace plasticity {

/// An advisory lock (flock) that processes and threads hold in turn; the kernel lets go of it
/// however a process ends. The lock's file is removed at the end.
class FileLock {
 public:
  /// Waits for the lock. Throws InputError when the file cannot be made, with `hint`, a sentence
  /// that says what to do. A file system without locks gives none.
  explicit FileLock(const std::filesystem::path& path, const std::string& hint = "");
  /// The lock, or nullptr where another holds it.
  static std::unique_ptr<FileLock> Try(const std::filesystem::path& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  FileLock() = default;
  bool Acquire(const std::filesystem::path& path, const std::string& hint, bool wait);

  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace plasticity
