#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace plasticity {

/// The files of a folder or of an archive, so that every reader is written once for both. A
/// folder's files are read when they are asked for; an archive is streamed once into memory, never
/// to disk. Only what a reader may want is kept: images, .bin, .txt and IDX files, none that start
/// with a dot.
class FileSet {
 public:
  /// Throws InputError that names `path` when it cannot be read, is no archive, or is cut short.
  static std::shared_ptr<const FileSet> Open(const std::filesystem::path& path);

  /// The paths inside the folder or archive, sorted, with '/' between parts.
  const std::vector<std::string>& paths() const { return paths_; }

  /// The path of the one file called `name` ("wnids.txt"), the least deep where there are several;
  /// empty where there is none.
  std::string Find(std::string_view name) const;

  /// Whether there is a file of this path.
  bool Has(const std::string& path) const { return files_.count(path) != 0; }

  /// Whether a file called `name` is there that no reader wants.
  bool HasUnwanted(const std::string& name) const { return unwanted_.count(name) != 0; }

  /// A file's content. May be called from several threads at once.
  std::shared_ptr<const std::string> Read(const std::string& path) const;

  /// How a message names the file: "/data/set/train.bin", "set.tar.gz: set/train.bin".
  std::string Label(const std::string& path) const;

  /// The folder or archive.
  const std::filesystem::path& root() const { return root_; }

 private:
  void ListFolder();
  void ReadArchive();

  std::filesystem::path root_;
  bool is_folder_ = false;
  std::map<std::string, std::shared_ptr<const std::string>> files_;  // null: still on disk
  std::vector<std::string> paths_;
  std::set<std::string> unwanted_;
};

/// The part of `path` up to and with its last '/', "" where it has none.
std::string FolderOf(const std::string& path);

/// The part of `path` after its last '/'.
std::string BaseName(const std::string& path);

/// Whether the name ends as a JPEG or PNG file's does, in any case.
bool IsImageName(std::string_view path);

}  // namespace plasticity
