#include "tasks/data/sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "suite/base/digest.h"
#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/text.h"
#include "tasks/data/cache.h"
#include "tasks/data/catalog.h"

namespace plasticity {
namespace {

namespace fs = std::filesystem;

constexpr char kExtension[] = ".bin";

fs::path DecodedFolder() { return CacheFolder() / "data" / "decoded"; }
fs::path ImportedFolder() { return CacheFolder() / "data" / "imported"; }

bool IsGoodName(const std::string& name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

bool Exists(const fs::path& path) {
  std::error_code failed;
  return fs::exists(path, failed);
}

bool IsFolder(const fs::path& path) {
  std::error_code failed;
  return fs::is_directory(path, failed);
}

std::vector<fs::path> DataFolders() {
  const char* variable = std::getenv("PLASTICITY_DATA");
  std::istringstream list(variable == nullptr ? "" : variable);
  std::vector<fs::path> folders;
  for (std::string folder; std::getline(list, folder, ':');) {
    if (!folder.empty()) folders.push_back(fs::absolute(folder));
  }
  return folders;
}

// The first of `candidates` in any of `folders`; a folder may also be the candidate itself.
std::optional<fs::path> FindIn(const std::vector<fs::path>& folders,
                               const std::vector<std::string>& candidates) {
  for (const fs::path& folder : folders) {
    for (const std::string& candidate : candidates) {
      for (const fs::path& path : {folder / candidate, folder / "lossless-unpacked" / candidate}) {
        if (Exists(path)) return path;
      }
      if (folder.filename() == candidate && IsFolder(folder)) return folder;
    }
  }
  return std::nullopt;
}

std::optional<fs::path> FindFiles(const KnownSet& known, const std::vector<fs::path>& folders) {
  std::optional<fs::path> path = FindIn(folders, known.exact);
  return path ? path : FindIn(folders, known.reencoded);
}

// Of what was decoded from sources that are gone: exact data first, then by file name.
std::optional<fs::path> FindDecoded(const std::string& name) {
  std::error_code failed;
  std::vector<std::pair<bool, fs::path>> found;
  for (const auto& entry : fs::directory_iterator(DecodedFolder(), failed)) {
    const std::string file = entry.path().filename().string();
    if (!file.starts_with(name + "-") || !file.ends_with(kExtension)) continue;
    const CacheLookup lookup = OpenCache(entry.path());
    if (!lookup.dataset || lookup.dataset->name != name) continue;
    const std::string now = SourceStamp(lookup.dataset->source);
    if (!now.empty() && now != lookup.stamp) continue;  // the source has other content now
    found.emplace_back(lookup.dataset->origin == "re-encoded images", entry.path());
  }
  if (found.empty()) return std::nullopt;
  return std::min_element(found.begin(), found.end())->second;
}

// An explicit source. A known set may also be told by the folder that it lies in.
FoundSource ExplicitSource(const std::string& name, const fs::path& source) {
  CheckDatasetName(name);
  const fs::path path = fs::absolute(source);
  if (!Exists(path)) {
    throw InputError(path.string() + " does not exist: it was given as the source of " + name +
                     ".");
  }
  const KnownSet* known = FindKnownSet(name);
  if (known == nullptr || !IsFolder(path)) return {path};
  return {FindFiles(*known, {path}).value_or(path)};
}

}  // namespace

void CheckDatasetName(const std::string& name) {
  if (IsGoodName(name)) return;
  throw InputError("'" + name + "' is no name for a data set: use a-z, 0-9 and '-'.");
}

fs::path DownloadFolder() { return CacheFolder() / "downloads"; }

fs::path ImportedFile(const std::string& name) { return ImportedFolder() / (name + kExtension); }

fs::path DecodedFile(const std::string& name, const fs::path& source) {
  std::error_code failed;
  const fs::path canonical = fs::weakly_canonical(source, failed);
  const std::string key = Sha256((failed ? source : canonical).string()).substr(0, 12);
  return DecodedFolder() / (name + "-" + key + kExtension);
}

fs::path HeaderFile(const std::string& name, const fs::path& source) {
  return DecodedFile(name, source).replace_extension(".header");
}

std::vector<std::string> ImportedNames() {
  std::error_code failed;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(ImportedFolder(), failed)) {
    if (entry.path().extension() == kExtension) names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> AllDatasetNames() {
  std::vector<std::string> names = ImportedNames();
  for (const KnownSet& known : KnownSets()) names.push_back(known.name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::optional<FoundSource> FindSource(const std::string& name, const fs::path& source) {
  if (!source.empty()) return ExplicitSource(name, source);
  const KnownSet* known = FindKnownSet(name);
  if (known != nullptr) {
    if (const auto path = FindFiles(*known, DataFolders())) return FoundSource{*path};
    if (!known->archive.empty() && Exists(DownloadFolder() / known->archive)) {
      return FoundSource{DownloadFolder() / known->archive};
    }
  }
  if (IsGoodName(name) && Exists(ImportedFile(name))) {
    return FoundSource{ImportedFile(name), FoundSource::Kind::kImported};
  }
  if (known == nullptr) {
    throw InputError(fmt::format(
        "no data set named '{}'.{} `plasticity data list` shows all {}; `plasticity data import "
        "NAME PATH` adds one.",
        name, NearestHint(name, AllDatasetNames()), AllDatasetNames().size()));
  }
  for (const fs::path& folder : known->system_folders) {
    if (IsFolder(folder)) return FoundSource{folder};
  }
  if (const auto path = FindDecoded(name)) {
    return FoundSource{*path, FoundSource::Kind::kDecoded};
  }
  return std::nullopt;
}

std::string AbsentMessage(const std::string& name) {
  const KnownSet& known = *FindKnownSet(name);
  std::vector<std::string> looked;
  for (const fs::path& folder : DataFolders()) {
    looked.push_back(folder.string() + (IsFolder(folder) ? "" : " (no such folder)"));
  }
  if (looked.empty()) looked.push_back("PLASTICITY_DATA (not set)");
  if (!known.archive.empty()) looked.push_back(DownloadFolder().string());
  looked.push_back((CacheFolder() / "data").string());
  for (const fs::path& folder : known.system_folders) looked.push_back(folder.string());
  return fmt::format("the data set {} is not here. Looked in {}. {}", name, Join(looked, ", "),
                     known.how_to_get);
}

}  // namespace plasticity
