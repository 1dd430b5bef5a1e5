#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "suite/base/output_folder.h"
#include "suite/base/result.h"

namespace plasticity {

/// Results packed for others, and one of them run a second time:
///   MANIFEST.json          digests of all files, and what the bundle claims
///   results/...            the Results as they were, with notes and artifacts
///   replay/RUN_ID.json     the Result of the second run
struct Bundle {
  std::vector<Result> results;
  Result replay;
};

/// The bundle of all Results in `folder`. Throws InputError where one is malformed or an artifact
/// is not the one that its Result names.
FolderFiles MakeBundle(const std::filesystem::path& folder, const Result& replay);

/// Whether the folder claims to be a bundle.
bool IsBundle(const std::filesystem::path& folder);

/// Reads a bundle. Throws InputError where a file is missing, is one too many, or was changed,
/// where a Result is malformed, and where the replayed cell is none of the Results'.
Bundle ReadBundle(const std::filesystem::path& folder);

}  // namespace plasticity
