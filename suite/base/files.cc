#include "suite/base/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "suite/base/error.h"

namespace plasticity {
namespace {

// Makes what was written to `path` (a file or a folder's entries) survive a power cut.
void Sync(const std::filesystem::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0)
    throw RunError("cannot open " + path.string() + ": " + std::strerror(errno) + ".");
  const int failed = ::fsync(descriptor);
  const int reason = errno;
  ::close(descriptor);
  if (failed != 0)
    throw RunError("cannot write " + path.string() + ": " + std::strerror(reason) + ".");
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

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path))
    throw InputError("cannot read " + path.string() + ": no such file.");
  std::ostringstream content;
  content << file.rdbuf();
  if (file.bad())
    throw InputError("cannot read " + path.string() + ": " + std::strerror(errno) + ".");
  return content.str();
}

void WriteAtomically(const std::filesystem::path& path,
                     const std::function<void(const std::filesystem::path&)>& write) {
  std::error_code failed;
  const std::filesystem::path folder =
      path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  std::filesystem::create_directories(folder, failed);
  if (failed)
    throw InputError("cannot make the folder " + folder.string() + ": " + failed.message() + ".");
  const std::filesystem::path temporary = path.string() + ".tmp" + std::to_string(::getpid());
  try {
    write(temporary);
    Sync(temporary, O_WRONLY);
    std::filesystem::rename(temporary, path);
    Sync(folder, O_RDONLY | O_DIRECTORY);
  } catch (...) {
    std::filesystem::remove(temporary, failed);
    throw;
  }
}

void WriteFileAtomically(const std::filesystem::path& path, std::string_view content) {
  WriteAtomically(path, [&](const std::filesystem::path& temporary) {
    std::ofstream file(temporary, std::ios::binary);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    file.close();
    if (!file) throw RunError("cannot write " + path.string() + ": " + std::strerror(errno) + ".");
  });
}

}  // namespace plasticity
