#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "suite/batch.h"
#include "suite/engine/capture.h"
#include "suite/learner.h"
#include "suite/state.h"

namespace plasticity {

/// Takes a learner's steps, and replays those that are alike (Learner::Branch), for a GPU to which
/// a small step's operations are handed more slowly than it carries them out.
///
/// The first steps of a branch are taken as they are, then one is captured, and the next is taken
/// both ways: only where both leave the same state are those that follow replayed. So a rule whose
/// branches promise too much is found out, not believed. What cannot be captured is taken as it is.
class StepReplay {
 public:
  /// A step's losses, scalars; undefined where there is none.
  struct Taken {
    StepReport report;
    at::Tensor readout_loss;
  };

  /// With an empty `capture` every step is taken as it is. `learner` must live as long.
  StepReplay(Learner& learner, Capture capture) : learner_(learner), capture_(std::move(capture)) {}

  /// One step. What it returns holds until the next one.
  Taken Step(const Batch& batch, const Progress& progress);

  /// How many steps were replayed.
  std::int64_t replayed() const { return replayed_; }
  /// Why steps that are said to be alike are not replayed; "" where nothing is wrong.
  const std::string& refusal() const { return refusal_; }

 private:
  // The steps of a branch on batches of one shape.
  struct Alike {
    Batch batch;  // where the captured step reads its images and labels
    std::int64_t taken = 0;
    std::unique_ptr<Captured> captured;
    Taken leaves;  // what each replay writes anew
    bool proven = false;
  };

  Taken TakeAsItIs(const Batch& batch, const Progress& progress);
  void CaptureOne(Alike& alike, const Progress& progress);
  Taken Replay(Alike& alike, const Batch& batch);
  Taken TakeBothWays(Alike& alike, const Batch& batch, const Progress& progress);
  Snapshot State();
  void Refuse(const std::string& why);

  Learner& learner_;
  Capture capture_;
  std::optional<std::array<std::int64_t, 3>> branch_;
  std::list<Alike> alike_;  // of the branch
  std::int64_t replayed_ = 0;
  std::string refusal_;
};

}  // namespace plasticity
