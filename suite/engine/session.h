#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>

#include "suite/base/result.h"
#include "suite/engine/progress_bar.h"
#include "suite/state.h"

namespace plasticity {

/// Thrown out of a cell after its checkpoint was written because the user asked to stop (SIGINT,
/// SIGTERM).
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

/// Thrown out of a cell whose numbers are no longer finite. A result, not an error: the cell is
/// recorded as diverged.
class Diverged : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a cell has while it runs: its clock, its checkpoint file, its progress bar and the Result
/// that it fills.
class Session {
 public:
  struct Options {
    std::filesystem::path checkpoint;  ///< the cell's checkpoint file
    double checkpoint_every_s = 60;    ///< 0: at every opportunity
  };

  Session(Options options, ProgressBar& bar);

  Result result;

  /// Sets what a checkpoint holds. The session's own clock is added.
  void SetState(std::function<void(StateVisitor&)> visit) { visit_ = std::move(visit); }

  /// Fills the state from the checkpoint file when there is one. Returns whether there was.
  bool Resume();

  /// To be called where the state is complete: writes a checkpoint when one is due, and throws
  /// Interrupted after writing one when the user asked to stop.
  void Checkpoint();

  /// Adds the time until the returned object dies to result.cost.wall_s[phase].
  class PhaseTimer {
   public:
    PhaseTimer(Session& session, std::string phase);
    ~PhaseTimer();
    PhaseTimer(const PhaseTimer&) = delete;
    PhaseTimer& operator=(const PhaseTimer&) = delete;

   private:
    Session& session_;
    std::string phase_;
    std::chrono::steady_clock::time_point start_;
  };

  /// Shows `done` of `total` units of `phase`.
  void Show(const std::string& phase, std::int64_t done, std::int64_t total,
            const std::string& unit);

 private:
  Options options_;
  ProgressBar& bar_;
  std::function<void(StateVisitor&)> visit_;
  std::chrono::steady_clock::time_point last_;
};

/// Makes SIGINT and SIGTERM ask running cells to stop at their next checkpoint.
void CatchStopSignals();
/// Whether the user asked to stop.
bool StopRequested();

}  // namespace plasticity
