#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "suite/base/error.h"

/// What libFuzzer calls with every input that it thinks of, and a plain program with those that are
/// kept (tests/fuzz/seeds).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace plasticity::testing {

/// The input as text.
inline std::string Text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Has a parser try; that it refuses its input by an Error is what it should. Everything else it
/// throws ends the program, as a crash does.
template <typename Parse>
void Try(const Parse& parse) {
  try {
    parse();
  } catch (const Error&) {
  }
}

/// A folder in memory, where there is one, that goes with it.
class MemoryFolder {
 public:
  MemoryFolder() {
    std::string pattern = (Root() / "plasticity-fuzz-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~MemoryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  MemoryFolder(const MemoryFolder&) = delete;
  MemoryFolder& operator=(const MemoryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// Writes a file in it; gives where.
  std::filesystem::path Write(const std::string& name, std::string_view content) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
    return file;
  }

 private:
  static std::filesystem::path Root() {
    std::error_code unknown;
    return std::filesystem::is_directory("/dev/shm", unknown)
               ? "/dev/shm"
               : std::filesystem::temp_directory_path();
  }

  std::filesystem::path path_;
};

}  // namespace plasticity::testing
