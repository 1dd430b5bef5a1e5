#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "suite/network.h"
#include "suite/readout.h"
#include "suite/rule.h"
#include "suite/task.h"

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
  std::uint64_t seed = 1;
  std::string track;
};

/// The parts of a cell, ready to run.
struct CellParts {
  RuleInfo rule_info;
  ReadoutInfo readout_info;
  std::unique_ptr<Streams> streams;
  std::unique_ptr<Network> network;
  std::unique_ptr<Rule> rule;
  std::unique_ptr<Readout> readout;
  std::unique_ptr<Task> task;
};

/// Resolves settings {"rule", "task", "data", "source", "network", "readout", "precision", "track",
/// "set"} into a cell. `set` holds dotted keys such as "rule.lambda" and "network.width". Absent
/// ones take the track's defaults: the common track's (sphere-cnn at width 1/4, linear readout), or
/// the rule's own published protocol under track "native". Throws InputError for anything unknown
/// or out of range, before any work is done.
Cell MakeCell(const nlohmann::json& settings, std::uint64_t seed, const std::string& device_type);

/// Builds what a cell's request describes.
CellParts BuildCell(const Cell& cell, at::Device device);

/// Lays `over` on `under`: its keys win, those of "set" one by one.
nlohmann::json MergeSettings(nlohmann::json under, const nlohmann::json& over);

/// "1", "1-3" or "1,2,5" as numbers. Throws InputError.
std::vector<std::uint64_t> ParseSeeds(const std::string& text);

}  // namespace plasticity
