#pragma once

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "suite/base/error.h"
#include "suite/base/image_source.h"

namespace plasticity::testing {

namespace fs = std::filesystem;

/// Sets an environment variable, or unsets it, for as long as it lives.
class Environment {
 public:
  Environment(std::string name, const std::optional<std::string>& value) : name_(std::move(name)) {
    if (const char* old = std::getenv(name_.c_str())) old_ = old;
    Set(value);
  }
  ~Environment() { Set(old_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  void Set(const std::optional<std::string>& value) {
    value ? ::setenv(name_.c_str(), value->c_str(), 1) : ::unsetenv(name_.c_str());
  }
  std::string name_;
  std::optional<std::string> old_;
};

/// A temporary folder.
class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "plasticity-data-test-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path path;
};

/// A folder to put data in, a cache of its own, and no data of this machine.
struct Sandbox {
  Folder folder;
  Environment cache{"XDG_CACHE_HOME", (folder.path / "cache").string()};
  Environment data{"PLASTICITY_DATA", std::nullopt};
  Environment mirror{"PLASTICITY_MIRROR", std::nullopt};
  fs::path path(const std::string& name) const { return folder.path / name; }
};

/// Files by their path inside a folder or archive.
using Tree = std::map<std::string, std::string>;

inline void WriteText(const fs::path& path, const std::string& content) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

inline std::string ReadText(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Writes the files below `folder`.
inline void WriteFolder(const fs::path& folder, const Tree& tree) {
  for (const auto& [path, content] : tree) WriteText(folder / path, content);
}

/// Writes the files as an archive of the kind that `path` ends in: .tar, .tar.gz or .zip. With
/// `reverse` the entries come in reverse order.
void WriteArchive(const fs::path& path, const Tree& tree, bool reverse = false);

/// `bytes` as a gzip file.
std::string Gzip(const std::string& bytes);

/// An image file of `size` x `size` pixels; pixel (y, x) of channel c is `value` + 16 c + y + x in
/// a PNG, and flat `value` (+ 16 c) in a JPEG, whose four channels are inks.
std::string Png(int size, int channels, int value, bool with_alpha = false);
std::string Jpeg(int size, int channels, int value);

/// The value of pixel p of CIFAR record i in the sets below; it does not compress.
inline std::uint8_t CifarPixel(std::int64_t record, std::int64_t p) {
  std::uint64_t x = static_cast<std::uint64_t>(record * 3072 + p + 1) * 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 31)) * 0xbf58476d1ce4e5b9u;
  return static_cast<std::uint8_t>(x >> 56);
}

/// `count` records from number `first` on; record i has label i modulo `classes`, after a coarse
/// one.
std::string CifarRecords(int first, int count, int classes, bool coarse);

/// CIFAR-10 with 4 records in each of the five batches and 10 in the test batch.
Tree Cifar10Tree(const std::string& prefix = "cifar-10-batches-bin/");

/// CIFAR-100 with 200 train and 100 test records.
Tree Cifar100Tree(const std::string& prefix = "cifar-100-binary/");

/// The value of a pixel of an STL-10 image in the set below; it tells rows from columns.
inline std::uint8_t Stl10Pixel(int image, int channel, int y, int x) {
  return static_cast<std::uint8_t>(7 * image + 50 * channel + 2 * y + x);
}

/// STL-10 with 20 train, 10 test and 30 unlabelled images, numbered from 0, 100 and 200 on, image i
/// of class i modulo 10; fold f has the train images f, f + 5 and f + 10.
Tree Stl10Tree(const std::string& prefix = "stl10_binary/");

/// MNIST's four files with 20 train and 10 test images of `side` x `side`.
Tree IdxTree(bool gzip, int side = 28);

/// An image tree of ten classes, 2 train and 1 test image each, of `size` x `size` pixels.
Tree ImageTree(const std::string& prefix, int size = 32);

/// Tiny-ImageNet's layout with 3 classes, 2 train images (the first gray) and 1 val image each.
Tree TinyTree(const std::string& prefix = "tiny-imagenet-200/");

/// The message of the InputError that `call` throws; "" when it throws none.
inline std::string Message(const std::function<void()>& call) {
  try {
    call();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

inline std::string OpenMessage(const std::string& name, const fs::path& source = {}) {
  return Message([&] { OpenDataset(name, source); });
}

/// Every file below the cache folder.
std::vector<std::string> CacheFiles();

/// Runs `body` in a child process; its exit code. An exception out of `body` gives 99.
inline pid_t Start(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  int code = 99;
  try {
    code = body();
  } catch (...) {
  }
  ::_exit(code);
}

inline int Wait(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// An image's pixels.
inline std::vector<std::uint8_t> Image(const ImageSource& images, std::int64_t index) {
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(images.shape().bytes()));
  images.Decode(index, pixels.data());
  return pixels;
}

}  // namespace plasticity::testing
