#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace plasticity {

/// What FindSource found.
struct FoundSource {
  enum class Kind {
    kFiles,     ///< A folder or archive in one of the formats that we read.
    kImported,  ///< A decoded file that `data import` made; there is no other copy.
    kDecoded,   ///< A decoded file whose source is not found any more.
  };
  std::filesystem::path path;
  Kind kind = Kind::kFiles;
};

/// Finds `name` without the network. The order: `source`; the folders of PLASTICITY_DATA
/// (colon-separated; exact formats in any of them come before re-encoded ones in any of them); what
/// `data fetch` got; imported sets; system folders; what was decoded before. nullopt where it is
/// absent. Throws InputError when `source` does not exist, or when nobody knows `name`.
std::optional<FoundSource> FindSource(const std::string& name,
                                      const std::filesystem::path& source = {});

/// Throws InputError unless `name` is made of a-z, 0-9 and '-'.
void CheckDatasetName(const std::string& name);

/// The InputError's text for a known name that FindSource does not find: where was looked, and how
/// to get it.
std::string AbsentMessage(const std::string& name);

/// The names of imported sets, sorted.
std::vector<std::string> ImportedNames();

/// All names that OpenDataset may be given, sorted.
std::vector<std::string> AllDatasetNames();

/// Where `data fetch` puts archives.
std::filesystem::path DownloadFolder();

/// The decoded file of an imported set.
std::filesystem::path ImportedFile(const std::string& name);

/// What is known of `name` as `source` has it, where its files are streamed: no pixels.
std::filesystem::path HeaderFile(const std::string& name, const std::filesystem::path& source);

/// The decoded file of `name` as `source` has it.
std::filesystem::path DecodedFile(const std::string& name, const std::filesystem::path& source);

}  // namespace plasticity
