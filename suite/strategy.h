#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "suite/batch.h"
#include "suite/objective.h"
#include "suite/registry.h"
#include "suite/rule.h"
#include "suite/samples.h"
#include "suite/state.h"

namespace plasticity {

class Learner;

/// A part of a stream: what is learned from at a time, and what is asked of it.
struct Experience {
  std::string name;            ///< such as "2" for the second of a stream
  Samples train;               ///< what is learned from
  Samples validation;          ///< what settings may be chosen on
  Samples test;                ///< what is looked at once, at the end
  bool boundary_known = true;  ///< whether a strategy is told where it begins and ends
};

/// What a strategy states about itself.
struct StrategyInfo {
  std::string name;                ///< as a plan names it
  std::string summary;             ///< one line
  std::string source;              ///< paper, and where the code differs from it
  std::string citation;            ///< BibTeX key
  std::string role;                ///< "ceiling" or "floor" in a table of strategies; else ""
  Descent needs = Descent::kNone;  ///< what a rule's update must at least be
};

/// How a learner is kept from forgetting: it stands around the two halves of a step. Replay joins
/// batches; a penalty adds to the directions between Learn and Commit; a projection changes them;
/// distillation is an objective. No strategy knows a rule by name.
class Strategy {
 public:
  /// The kind's name.
  static constexpr const char* kKind = "strategy";
  /// What an entry says about itself.
  using Info = StrategyInfo;
  virtual ~Strategy() = default;

  /// Called once, before the first step.
  virtual void Attach(Learner& /*learner*/) {}
  /// What is learned from at `now`, one of `all`.
  virtual Samples Choose(const Experience& now, const std::vector<Experience>& /*all*/) const {
    return now.train;
  }
  /// Called before the first step on an experience.
  virtual void Begin(const Experience& /*experience*/) {}
  /// Called after the last step on an experience.
  virtual void End(const Experience& /*experience*/) {}
  /// One step of the learner.
  virtual StepReport Step(Learner& learner, const Batch& batch, const Progress& progress);
  /// What labels ask of scores, in place of the plain objective; nullptr: the plain one.
  virtual const Objective* objective() const { return nullptr; }
  /// The strategy's own state.
  virtual void Visit(StateVisitor&) {}
};

/// All strategies that the program knows.
template <>
Registry<Strategy>& Registry<Strategy>::Get();

}  // namespace plasticity
