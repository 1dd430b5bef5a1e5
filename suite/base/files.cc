#include "suite/base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <vector>

#include "suite/base/error.h"

namespace plasticity {
namespace {

// Makes what was written to `path` (a file or a folder's entries) survive a power cut.
void Sync(const std::filesystem::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0 && errno == EACCES) return;  // a folder that may be written to, but not read
  if (descriptor < 0) CannotWrite(path, errno);
  const int failed = ::fsync(descriptor);
  const int reason = errno;
  ::close(descriptor);
  if (failed != 0) CannotWrite(path, reason);
}

void SyncFolder(const std::filesystem::path& folder) {
  Sync(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
}

// The folders on the way to a place in `folder` that are not there yet, the innermost first.
std::vector<std::filesystem::path> Missing(std::filesystem::path folder) {
  std::vector<std::filesystem::path> missing;
  for (std::error_code unknown; !folder.empty() && !std::filesystem::exists(folder, unknown);
       folder = folder.parent_path())
    missing.push_back(folder);
  return missing;
}

[[noreturn]] void CannotRead(const std::filesystem::path& path, const std::string& why) {
  throw InputError("cannot read " + path.string() + ": " + why + ".");
}

// Why nothing can be written at `path`: a file that stands where a folder should is named.
std::string WhyNot(const std::filesystem::path& path, int reason) {
  std::error_code unknown;
  for (std::filesystem::path folder = path; reason == ENOTDIR && folder.has_relative_path();
       folder = folder.parent_path()) {
    if (std::filesystem::is_directory(folder, unknown)) break;
    if (std::filesystem::exists(folder, unknown)) return folder.string() + " is no folder";
  }
  return std::strerror(reason);
}

std::string Words(int reason) { return reason == ENOENT ? "no such file" : std::strerror(reason); }

// The bytes of what must be a file with an end.
std::uintmax_t SizeOf(const std::filesystem::path& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) CannotRead(path, Words(errno));
  if (!S_ISREG(status.st_mode)) {
    CannotRead(path, S_ISDIR(status.st_mode)    ? "it is a folder"
                     : S_ISFIFO(status.st_mode) ? "it is a pipe"
                     : S_ISSOCK(status.st_mode) ? "it is a socket"
                                                : "it is a device");
  }
  return static_cast<std::uintmax_t>(status.st_size);
}

}  // namespace

std::filesystem::path CacheFolder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache != '\0') return std::filesystem::path(cache) / "plasticity";
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') {
    throw InputError(
        "neither XDG_CACHE_HOME nor HOME is set, so there is no cache folder. Set one of them.");
  }
  return std::filesystem::path(home) / ".cache" / "plasticity";
}

void CheckIsFile(const std::filesystem::path& path) {
  SizeOf(path);
  if (::access(path.c_str(), R_OK) != 0) CannotRead(path, Words(errno));
}

std::string ReadFile(const std::filesystem::path& path, std::uintmax_t most) {
  const std::uintmax_t bytes = SizeOf(path);
  if (bytes > most) {
    CannotRead(path, "it has " + std::to_string(bytes) + " bytes, and such a file at most " +
                         std::to_string(most));
  }
  std::ifstream file;
  file.rdbuf()->pubsetbuf(nullptr, 0);  // it is read at once
  file.open(path, std::ios::binary);
  if (!file) CannotRead(path, Words(errno));
  std::string content;
  for (std::size_t more = bytes + 1; file; more = content.size()) {  // one more: to see its end
    const std::size_t before = content.size();
    content.resize(before + more);
    file.read(content.data() + before, static_cast<std::streamsize>(more));
    content.resize(before + static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) CannotRead(path, Words(errno));
  return content;
}

void ThrowFor(int reason, const std::string& message) {
  if (reason == ENOSPC || reason == EDQUOT || reason == EFBIG || reason == EIO)
    throw RunError(message);
  throw InputError(message);
}

void CannotWrite(const std::filesystem::path& path, int reason) {
  ThrowFor(reason, "cannot write " + path.string() + ": " + WhyNot(path, reason) + ".");
}

std::error_code MakeFolders(const std::filesystem::path& folder) {
  if (folder.empty()) return {};  // of a file here
  const std::vector<std::filesystem::path> made = Missing(folder);
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return failed;
  for (const std::filesystem::path& entry : made) SyncFolder(entry.parent_path());
  return {};
}

void WriteAtomically(const std::filesystem::path& path,
                     const std::function<void(const std::filesystem::path&)>& write) {
  const std::filesystem::path folder = path.parent_path();
  const std::vector<std::filesystem::path> made = Missing(folder);
  std::error_code failed = MakeFolders(folder);
  if (failed) {
    ThrowFor(failed.value(), "cannot make the folder " + folder.string() + ": " +
                                 WhyNot(folder, failed.value()) + ".");
  }
  const std::filesystem::path temporary = path.string() + ".tmp" + std::to_string(::getpid());
  try {
    write(temporary);
    Sync(temporary, O_WRONLY);
    std::filesystem::rename(temporary, path, failed);
    if (failed) CannotWrite(path, failed.value());
    SyncFolder(folder);
  } catch (...) {
    std::filesystem::remove(temporary, failed);
    for (const std::filesystem::path& empty : made) std::filesystem::remove(empty, failed);
    throw;
  }
}

void CheckWritable(const std::filesystem::path& path) {
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown)) CannotWrite(path, EISDIR);
  std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
  while (!std::filesystem::exists(folder, unknown) && !unknown && folder.has_relative_path())
    folder = folder.parent_path();
  if (unknown) CannotWrite(path, unknown.value());
  if (!std::filesystem::is_directory(folder, unknown)) CannotWrite(path, ENOTDIR);
  if (::access(folder.c_str(), W_OK) != 0) CannotWrite(path, errno);
}

void WriteFileAtomically(const std::filesystem::path& path, std::string_view content) {
  WriteAtomically(path, [&](const std::filesystem::path& temporary) {
    std::ofstream file(temporary, std::ios::binary);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    file.close();
    if (!file) CannotWrite(path, errno);
  });
}

}  // namespace plasticity
