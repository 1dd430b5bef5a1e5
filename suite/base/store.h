#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "suite/base/result.h"

namespace plasticity {

/// Where the Result of a cell lies: `folder`/<run_id>.json. Throws InputError for a run_id that is
/// not 16 lower-case hexadecimal digits.
std::filesystem::path ResultPath(const std::filesystem::path& folder, const std::string& run_id);

/// Writes the result to its ResultPath, whole or not at all. A result that could not be read back
/// (a field left empty, a run_id that is not RunId(request)) is refused with an InputError.
void SaveResult(const Result& result, const std::filesystem::path& folder);

/// The stored Result of a cell with the notes on it, or nothing where there is none. Throws
/// InputError for a file, of it or of notes, that is there and malformed.
std::optional<Result> FindResult(const std::filesystem::path& folder, const std::string& run_id);

/// The Result in a file, with the notes on it. Throws InputError where it cannot be read or holds
/// none.
Result LoadResult(const std::filesystem::path& file);

/// Every Result in `folder` and its subfolders with the notes on it, sorted by task, data, rule,
/// seed and run_id; `folder` may also be one file. JSON files without a field "schema_version"
/// (plans, checkpoints, notes) are skipped; a malformed Result is an InputError naming it. Of a
/// cell found several times the copy with the latest date is kept; where copies measured different
/// things (state, metrics, records, predictions), as two nights or machines may, its run_id goes
/// into `disputed`. No folder, or no Result in it: an InputError saying what to run.
std::vector<Result> LoadResults(const std::filesystem::path& folder,
                                std::set<std::string>* disputed = nullptr);

/// LoadResults over several folders as if they were one.
std::vector<Result> LoadResults(const std::vector<std::filesystem::path>& folders,
                                std::set<std::string>* disputed = nullptr);

/// Every file in `folder` and its subfolders that holds a Result, with it, sorted by path. Throws
/// as LoadResults does.
std::vector<std::pair<std::filesystem::path, Result>> ResultFiles(
    const std::filesystem::path& folder);

/// Whether two runs of a cell measured the same, bit for bit: state, metrics' values, records,
/// predictions.
bool SameOutcome(const Result& a, const Result& b);

/// Writes `folder`/artifacts/<first 16 digits of its SHA-256>.<extension>, whole or not at all;
/// the same content is the same file.
Artifact SaveArtifact(const std::filesystem::path& folder, std::string_view bytes,
                      const std::string& extension, const std::string& media_type);

}  // namespace plasticity
