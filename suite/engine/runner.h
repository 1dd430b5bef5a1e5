#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "suite/base/result.h"
#include "suite/engine/cell.h"
#include "suite/engine/options.h"

namespace plasticity {

/// How running a cell went.
struct CellOutcome {
  Result result;
  bool already_there = false;  ///< it was finished before
};

/// The cell's Result when it was finished before; one that failed counts as unfinished.
std::optional<Result> FinishedResult(const Cell& cell, const EngineOptions& options);

/// Runs a cell, or goes on from its checkpoint, and saves its Result; a finished one is only read.
/// A cell that diverges or fails is recorded as such. `title` begins its progress line. Throws
/// Interrupted after a checkpoint, and Error.
CellOutcome RunCell(const Cell& cell, at::Device device, const EngineOptions& options,
                    const std::string& title);

/// Runs cells one after the other and prints a line for each. Returns 0, or 3 when one failed or
/// diverged; 130 when the user stopped it.
int RunCells(const std::vector<Cell>& cells, at::Device device, const EngineOptions& options);

/// Seconds that a cell is likely to take here, from a few timed steps and forward passes.
double EstimateSeconds(const Cell& cell, at::Device device);

}  // namespace plasticity
