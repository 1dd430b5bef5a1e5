#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "suite/base/result.h"

namespace plasticity {

/// Where the Result of a cell lies: `folder`/<run_id>.json. Throws InputError for a run_id that is
/// not 16 lower-case hexadecimal digits.
std::filesystem::path ResultPath(const std::filesystem::path& folder, const std::string& run_id);

/// Writes the result to its ResultPath, whole or not at all. A result that could not be read back
/// (a field left empty, a run_id that is not RunId(request)) is refused with an InputError.
void SaveResult(const Result& result, const std::filesystem::path& folder);

/// The stored Result of a cell, or nothing where there is none. Throws InputError for a file that
/// is there and malformed.
std::optional<Result> FindResult(const std::filesystem::path& folder, const std::string& run_id);

/// Every Result in `folder` and its subfolders, sorted by task, data, rule, seed and run_id;
/// `folder` may also be one file. JSON files without a field "schema_version" (plans, checkpoints)
/// are skipped; a malformed Result is an InputError naming it. The same cell found twice: when both
/// copies measured the same (state, metrics, curves), the one with the later date is kept,
/// otherwise it is an InputError naming both. No folder, or no Result in it: an InputError saying
/// what to run.
std::vector<Result> LoadResults(const std::filesystem::path& folder);

/// LoadResults over several folders as if they were one.
std::vector<Result> LoadResults(const std::vector<std::filesystem::path>& folders);

}  // namespace plasticity
