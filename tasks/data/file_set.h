#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace plasticity {

/// The files of a folder or of an archive, so that every reader is written once for both. Those of
/// a folder and of an uncompressed tar are read when they are asked for; any other archive is read
/// once into memory, never to disk. An uncompressed tar in a folder stands for what it holds, in
/// its place; files at its top are in a folder of the tar's name. Only what a reader may want is
/// kept: images, .bin, .txt and IDX files, none that start with a dot.
class FileSet {
 public:
  /// Throws InputError that names `path` when it cannot be read, is no archive, is cut short, or is
  /// a compressed archive of files that take more than `memory` bytes.
  static std::shared_ptr<const FileSet> Open(
      const std::filesystem::path& path,
      std::int64_t memory = std::numeric_limits<std::int64_t>::max());

  /// How many files there are. They are numbered from 0 in the order of their paths.
  std::size_t count() const { return files_.size(); }

  /// File `number`'s path inside the folder or archive, with '/' between parts.
  const std::string& path(std::size_t number) const { return files_[number].path; }

  /// The path of the one file called `name` ("wnids.txt"), the least deep where there are several;
  /// empty where there is none.
  std::string Find(std::string_view name) const;

  /// The number of the file of this path, if any.
  std::optional<std::size_t> Number(std::string_view path) const;

  /// Whether there is a file of this path.
  bool Has(std::string_view path) const { return Number(path).has_value(); }

  /// Whether files are read from where they lie, so that none takes memory before.
  bool stays_on_disk() const { return contents_.empty(); }

  /// Whether a file called `name` is there that no reader wants.
  bool HasUnwanted(const std::string& name) const { return unwanted_.count(name) != 0; }

  /// A file's content. May be called from several threads at once.
  std::shared_ptr<const std::string> Read(std::size_t number) const;
  std::shared_ptr<const std::string> Read(const std::string& path) const;

  /// How a message names the file: "/data/set/train.bin", "set.tar.gz: set/train.bin".
  std::string Label(std::size_t number) const;
  std::string Label(const std::string& path) const;

  /// The folder or archive.
  const std::filesystem::path& root() const { return root_; }

 private:
  // A file of the folder; a stretch of an uncompressed tar; or a content in memory.
  struct File {
    std::string path;
    int archive = kNone;
    std::int64_t at = 0;    // in a tar, the first byte; in memory, the place in contents_
    std::int64_t size = 0;  // in a tar
  };
  static constexpr int kNone = -1;

  void ListFolder();
  void ReadArchive(const std::filesystem::path& archive, const std::string& folder,
                   std::int64_t memory);
  void SortFiles();

  std::filesystem::path root_;
  bool is_folder_ = false;
  std::vector<File> files_;                      // by path
  std::vector<std::filesystem::path> archives_;  // root_, or the tars in the folder
  std::vector<std::shared_ptr<const std::string>> contents_;
  std::set<std::string> unwanted_;
};

/// The part of `path` up to and with its last '/', "" where it has none.
std::string FolderOf(const std::string& path);

/// The part of `path` after its last '/'.
std::string BaseName(const std::string& path);

/// Whether the name ends as a JPEG or PNG file's does, in any case.
bool IsImageName(std::string_view path);

}  // namespace plasticity
