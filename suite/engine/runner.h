#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <optional>
#include <string>

#include "suite/base/error.h"
#include "suite/base/result.h"
#include "suite/engine/cell.h"
#include "suite/engine/options.h"

namespace plasticity {

/// The exit code of what was asked to stop, and did.
inline constexpr int kStopped = 130;

/// What is said of a cell that did.
inline constexpr char kStoppedInWords[] =
    "stopped; a checkpoint is kept, and the same command goes on from there";

/// Thrown where another process is running the cell.
class CellTaken : public InputError {
 public:
  using InputError::InputError;
};

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
/// begins its progress line. Throws Interrupted after a checkpoint, and CellTaken where another
/// process runs the cell.
CellOutcome RunCell(const Cell& cell, at::Device device, const EngineOptions& options,
                    Refusal refusal, const std::string& title);

/// Saves the Result of a cell whose process ended without one, and gives it: "failed", with why.
/// The Result of a cell that has one after all; nothing where another process has taken it up.
std::optional<Result> RecordFailure(const Cell& cell, at::Device device,
                                    const EngineOptions& options, const std::string& why,
                                    std::optional<std::int64_t> peak);

/// What tells a cell from others of its folder: "softhebb + er  cifar10  seed 1".
std::string LongTitle(const Cell& cell);

/// The metric that a Result is judged by: its task's headline, or, in a cell that tunes, which has
/// no test images, the same of the validation images.
std::string JudgedBy(const Result& result);

/// How a cell ended, in a line: "test accuracy 45.20 %  1 min 12 s  410 img/s  peak 488 MB".
std::string InWords(const CellOutcome& outcome);

/// What a person watching must know of an outcome though it is no error: units of a block that all
/// say the same, as a block's unit diversity near 1 tells. "" where there is nothing to say.
std::string Advice(const Result& result);

}  // namespace plasticity
