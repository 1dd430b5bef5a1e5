#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "suite/base/result.h"
#include "suite/engine/cell.h"
#include "suite/engine/options.h"

namespace plasticity {

/// The exit code of what was asked to stop, and did.
inline constexpr int kStopped = 130;

/// How running a cell went.
struct CellOutcome {
  Result result;
  bool already_there = false;  ///< it was finished before
};

/// The cell's Result when it was finished before; one that failed or was skipped counts as
/// unfinished, and so does every one under options.again.
std::optional<Result> FinishedResult(const Cell& cell, const EngineOptions& options);

/// What becomes of a cell that is refused when it begins: a network that the rule cannot use, say.
enum class Refusal {
  kThrow,  ///< an InputError, and nothing is left behind
  kSkip,   ///< a Result with the state "skipped"
};

/// Runs a cell, or goes on from its checkpoint, and saves its Result; a finished one is only read.
/// A cell that diverges or fails is recorded as such; what failed keeps its checkpoint. `title`
/// begins its progress line. Throws Interrupted after a checkpoint, and InputError where another
/// process runs the cell.
CellOutcome RunCell(const Cell& cell, at::Device device, const EngineOptions& options,
                    Refusal refusal, const std::string& title);

/// The metric that a Result is judged by: its task's headline, or, in a cell that tunes, which has
/// no test images, the same of the validation images.
std::string JudgedBy(const Result& result);

/// What is done about a cell that ended; `title` begins its line.
using Said = std::function<void(const std::string& title, const CellOutcome& outcome)>;

/// Runs cells one after the other, those last that another process is running. False when the user
/// stopped it.
bool RunEach(const std::vector<Cell>& cells, at::Device device, const EngineOptions& options,
             Refusal refusal, const Said& said);

/// Runs cells one after the other and prints a line for each. Returns 0, or 3 when one failed or
/// diverged; 130 when the user stopped it.
int RunCells(const std::vector<Cell>& cells, at::Device device, const EngineOptions& options,
             Refusal refusal);

}  // namespace plasticity
