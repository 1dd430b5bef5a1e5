#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "suite/engine/cell.h"

namespace plasticity {

/// A list of cells, from a JSON file (docs/plans.md): rules crossed with data sets and seeds; seeds
/// come first to their end, so that a plan cut short still compares rules.
struct Plan {
  std::string name;
  std::vector<Cell> cells;
};

/// What a plan may hold.
const std::vector<FileEntry>& PlanEntries();

/// Reads and resolves a plan. `data`, where not empty, stands in for the plan's; `data_memory` is
/// MakeCell's. Throws InputError.
Plan ReadPlan(const std::filesystem::path& file, const std::string& data,
              const std::string& device_type, std::int64_t data_memory = 0);

}  // namespace plasticity
