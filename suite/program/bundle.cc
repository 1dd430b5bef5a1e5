#include "suite/program/bundle.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "suite/base/digest.h"
#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/json_text.h"
#include "suite/base/store.h"

namespace plasticity {
namespace {

namespace fs = std::filesystem;

constexpr char kManifest[] = "MANIFEST.json";
constexpr int kVersion = 1;

const std::string kResults = "results/", kReplay = "replay/";

void AddArtifacts(const fs::path& folder, const fs::path& file, const Result& result,
                  FolderFiles& files) {
  for (const auto& [name, artifact] : result.artifacts) {
    const fs::path path = file.parent_path() / artifact.file;
    std::string bytes = ReadFile(path);
    if (Sha256(bytes) != artifact.sha256) {
      throw InputError(path.string() + " is not the " + name + " that " + file.string() +
                       " has: its digest is another.");
    }
    files[kResults + path.lexically_relative(folder).generic_string()] = std::move(bytes);
  }
}

}  // namespace

FolderFiles MakeBundle(const fs::path& folder, const Result& replay) {
  FolderFiles files;
  const auto results = ResultFiles(folder);
  for (const auto& [file, result] : results) {
    const auto add = [&](const fs::path& path) {
      files[kResults + path.lexically_relative(folder).generic_string()] = ReadFile(path);
    };
    add(file);
    if (!result.notes.empty()) add(NotesPath(file));
    AddArtifacts(folder, file, result, files);
  }
  files[kReplay + replay.run_id + ".json"] = ToJson(replay).dump(1) + "\n";
  nlohmann::json digests = nlohmann::json::object();
  for (const auto& [path, content] : files) digests[path] = Sha256(content);
  const nlohmann::json manifest = {{"bundle", kVersion},
                                   {"results", results.size()},
                                   {"replay", replay.run_id},
                                   {"files", digests}};
  files[kManifest] = manifest.dump(1) + "\n";
  return files;
}

bool IsBundle(const fs::path& folder) { return fs::exists(folder / kManifest); }

Bundle ReadBundle(const fs::path& folder) {
  const fs::path place = folder / kManifest;
  const nlohmann::json manifest = ReadJson(place);
  const bool known = manifest.is_object() &&
                     manifest.value("bundle", nlohmann::json()) == kVersion &&
                     manifest.contains("files") && manifest["files"].is_object() &&
                     manifest.value("replay", nlohmann::json()).is_string();
  if (!known) throw InputError(place.string() + " is no manifest of a bundle of version 1.");
  std::set<std::string> files = FilesBelow(folder);
  std::erase_if(files, [](const auto& path) { return path.front() == '.' || path == kManifest; });
  for (const auto& [path, digest] : manifest["files"].items()) {
    if (files.erase(path) == 0) throw InputError(folder.string() + " lacks " + path + ".");
    if (digest != Sha256(ReadFile(folder / path)))
      throw InputError((folder / path).string() + " was changed: its digest is another.");
  }
  if (!files.empty())
    throw InputError((folder / *files.begin()).string() + " is not in the bundle's manifest.");
  const std::string run_id = manifest["replay"];
  const fs::path replay = folder / kReplay / (run_id + ".json");
  Bundle bundle{.results = LoadResults(folder / kResults), .replay = LoadResult(replay)};
  const bool among = std::any_of(bundle.results.begin(), bundle.results.end(),
                                 [&](const Result& result) { return result.run_id == run_id; });
  if (!among || bundle.replay.run_id != run_id)
    throw InputError(replay.string() + " is a second run of none of the bundle's Results.");
  return bundle;
}

}  // namespace plasticity
