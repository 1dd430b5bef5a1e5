#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace plasticity {

/// A data set that the suite knows by name: how it looks, where it may lie, and how to get it.
struct KnownSet {
  std::string name;
  std::string summary;
  int classes = 0;
  int channels = 0;
  int height = 0;
  int width = 0;
  std::int64_t images = 0;               ///< with labels, of an official binary format; else 0
  std::vector<std::string> class_names;  ///< empty where only the source tells them
  std::vector<std::string> exact;        ///< files and folders that hold its own pixels, best first
  std::vector<std::string> reencoded;    ///< files and folders that hold image files of it
  std::vector<std::filesystem::path> system_folders;  ///< where a system package puts it
  std::string url;                 ///< the official archive's folder; empty where there is none
  std::string archive;             ///< the official archive's file name
  std::int64_t archive_bytes = 0;  ///< its size
  std::string archive_md5;         ///< its MD5, in lower-case hexadecimal
  std::string how_to_get;          ///< a sentence for someone who lacks it
  std::string folds_file;          ///< the source's file of published folds; empty: it has none
  /// Coarser classes by the grouping's name: {"coarse": {{"fish", {"shark", ..}}, ..}}.
  std::map<std::string, std::vector<std::pair<std::string, std::vector<std::string>>>> groupings;
};

/// All known sets, by name.
const std::vector<KnownSet>& KnownSets();

/// The known set of that name, or nullptr.
const KnownSet* FindKnownSet(const std::string& name);

/// MD5 of a file, in lower-case hexadecimal.
std::string FileMd5(const std::filesystem::path& path);

}  // namespace plasticity
