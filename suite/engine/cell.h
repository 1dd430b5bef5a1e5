#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "suite/base/image_source.h"
#include "suite/base/result.h"

namespace plasticity {

/// The protocol's version; part of every Result's identity. docs/protocol.md says what each version
/// fixed.
inline constexpr int kProtocolVersion = 1;

/// One experiment: a rule on a network, trained and judged by a task on a data set, with one seed.
/// Everything is resolved: `request` holds every setting in force and names the cell.
struct Cell {
  nlohmann::json request;
  std::string run_id;
  std::shared_ptr<const Dataset> data;
  std::map<std::string, std::shared_ptr<const Dataset>>
      other_data;    ///< those that the task's parameters name, by name,
                     ///< their images brought to the size and channels of `data`'s
  std::string init;  ///< the file with the network that learning starts from; "": the seed's own
  std::uint64_t seed = 1;
  nlohmann::json tuned;  ///< the record of the tuning that chose the rule's parameters; else null
  std::string note;      ///< what tells it from others of its title: "trial 3"; "" where nothing
                         ///< need
  std::string track;     ///< "native" where the request is the rule's own published protocol, else
                         ///< "common"

  /// The name of the part of a kind, such as "rule".
  std::string Name(const std::string& kind) const { return request.at(kind).at("name"); }
  /// What lines of progress call it: "softhebb", "softhebb + er", "softhebb trial 3".
  std::string Title() const;
  /// How the names of its own files and folders begin, besides Results:
  /// "softhebb-er-cifar10-seed1-0c9477c7bb635556".
  std::string FileStem() const;
};

/// An entry of a JSON file that users write: all that messages and docs need.
struct FileEntry {
  std::string name;     ///< "seeds"
  std::string value;    ///< what stands behind it: "name", "true or false"
  std::string meaning;  ///< one line
};

/// The entries' names.
std::vector<std::string> NamesOf(const std::vector<FileEntry>& entries);

/// What settings may hold: those of a plan's defaults, of an entry of its rules, of a file for
/// `run --config`.
const std::vector<FileEntry>& SettingEntries();

/// The settings in a JSON file, comments allowed. Throws InputError for what is none.
nlohmann::json ReadSettings(const std::filesystem::path& file);

/// Resolves settings (SettingEntries) into a cell. `set` holds dotted keys such as
/// "rule.lambda" and "network.width". Absent ones take the track's defaults: the common track's,
/// which the task states, or the rule's own published protocol under track "native". "tuning": true
/// makes a cell that never sees test images; under "tuned" stands what a tuning chose. Throws
/// InputError for anything unknown or out of range, before any work is done. `data_memory` is
/// OpenDataset's: no part of what is asked.
Cell MakeCell(const nlohmann::json& settings, std::uint64_t seed, const std::string& device_type,
              std::int64_t data_memory = 0);

/// The cell that a Result is of: what was asked, on data that are here. Throws InputError where it
/// cannot be run again: another tool measured it, the data here are others, or the program has
/// another version of the task or the protocol, or another build of a plugin. `init` is the file of
/// the Result whose network its learning started from, where it did.
Cell CellOf(const Result& result, const std::string& init = "", std::int64_t data_memory = 0);

/// The data set that a Result's request names. Throws InputError where that here is another.
std::shared_ptr<const Dataset> DataOf(const Result& result, std::int64_t data_memory = 0);

/// The artifact that a cell's network is kept as.
inline constexpr char kNetworkArtifact[] = "network";

/// The Result in a file, one that keeps its network. Throws InputError for any other.
Result KeptResult(const std::filesystem::path& path);

/// Lays `over` on `under`: its keys win, those of "set" one by one. What `under` sets of its own
/// network does not reach another network.
nlohmann::json MergeSettings(nlohmann::json under, const nlohmann::json& over);

/// "1", "1-3" or "1,2,5" as numbers. Throws InputError.
std::vector<std::uint64_t> ParseSeeds(const std::string& text);

}  // namespace plasticity
