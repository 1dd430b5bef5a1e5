#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "suite/base/result.h"
#include "suite/base/unfinished.h"
#include "suite/engine/capture.h"
#include "suite/engine/event_log.h"
#include "suite/engine/phase_clock.h"
#include "suite/engine/progress_bar.h"
#include "suite/state.h"

namespace plasticity {

class Profile;

/// Thrown out of a cell after its checkpoint was written because the user asked to stop.
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
    std::filesystem::path checkpoint;  ///< the cell's checkpoint file; empty: none
    double checkpoint_every_s = 60;    ///< 0: at every opportunity
    at::Device device = at::kCPU;      ///< whose time is measured
    int stop_after = 0;                ///< stops as if asked to after so many checkpoints; 0: never
    CellNoteKeeper* note = nullptr;    ///< told what is shown, where there is one
    EventLog* log = nullptr;           ///< told what happens, where there is one
    Profile* profile = nullptr;        ///< told the phases, where there is one
    Capture capture = {};              ///< how learners' steps are captured; empty: they are not
  };

  /// Takes up the checkpoint where there is one.
  Session(Options options, ProgressBar& bar);

  Result result;

  /// How learners' steps are captured; empty: they are not.
  const Capture& capture() const { return options_.capture; }

  /// Has checkpoints hold what `visit` visits, under `name`; fills it from the checkpoint that the
  /// session took up, at once.
  void Keep(const std::string& name, std::function<void(StateVisitor&)> visit);

  /// Does `work` unless it was done before the cell was stopped; gives what it returned.
  nlohmann::json Once(const std::string& stage, const std::function<nlohmann::json()>& work);

  /// To be called where all that is kept is complete: writes a checkpoint when one is due, and
  /// throws Interrupted after writing one when the user asked to stop.
  void Checkpoint();

  /// Time until the returned object dies belongs to `phase` of result.cost.wall_s.
  class Phase {
   public:
    Phase(Session& session, const std::string& phase) : session_(session) { session_.Enter(phase); }
    ~Phase() { session_.Leave(); }
    Phase(const Phase&) = delete;
    Phase& operator=(const Phase&) = delete;

   private:
    Session& session_;
  };

  /// Brings result.cost.wall_s up to this moment: the phases, and their "total", which is true wall
  /// time.
  void TakeTime();

  /// What is shown from now on is of this part of so many, from 0: an experience of a stream.
  void InPart(std::size_t place, std::size_t parts);
  /// Shows `done` of `total` units of `phase`.
  void Show(const std::string& phase, std::int64_t done, std::int64_t total,
            const std::string& unit);

  /// A number for the log, after so many steps of the cell's life.
  void Log(const std::string& name, std::int64_t step, double value);

 private:
  void Enter(const std::string& phase);
  void Leave();
  void VisitOwn(StateVisitor& visitor);

  Options options_;
  ProgressBar& bar_;
  PhaseClock clock_;
  std::chrono::steady_clock::time_point taken_;  // up to when the total is known
  std::chrono::steady_clock::time_point written_;
  Snapshot resumed_;  // what the checkpoint holds and nobody has asked for yet
  std::vector<std::pair<std::string, std::function<void(StateVisitor&)>>> kept_;
  std::string part_;                                // " 12/800", or empty
  int checkpoints_ = 0;                             // written since it began or went on
  std::int64_t logged_ = 0;                         // the last step that was logged
  nlohmann::json done_ = nlohmann::json::object();  // what finished stages returned
};

/// Makes the stop signals ask running cells to stop at their next checkpoint, those that were held
/// back, too. A second one ends the program at once.
void CatchStopSignals();
/// Whether the user asked to stop.
bool StopRequested();

}  // namespace plasticity
