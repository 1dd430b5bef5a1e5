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
  std::string name;
  Samples train;
  Samples validation;
  Samples test;
  bool boundary_known = true;  ///< whether a strategy is told where it begins and ends
};

/// What a strategy states about itself.
struct StrategyInfo {
  std::string name;
  std::string summary;
  std::string source;
  std::string citation;            ///< BibTeX key
  std::string role;                ///< "ceiling" or "floor" in a table of strategies; else ""
  Descent needs = Descent::kNone;  ///< what a rule's update must at least be
};

/// How a learner is kept from forgetting: it stands around the two halves of a step. Replay joins
/// batches; a penalty adds to the directions between Learn and Commit; a projection changes them;
/// distillation is an objective. No strategy knows a rule by name.
class Strategy {
 public:
  static constexpr const char* kKind = "strategy";
  using Info = StrategyInfo;
  virtual ~Strategy() = default;

  /// Called once, before the first step.
  virtual void Attach(Learner& /*learner*/) {}
  /// What is learned from at `now`, one of `all`.
  virtual Samples Choose(const Experience& now, const std::vector<Experience>& /*all*/) const {
    return now.train;
  }
  virtual void Begin(const Experience& /*experience*/) {}
  virtual void End(const Experience& /*experience*/) {}
  /// One step of the learner.
  virtual StepReport Step(Learner& learner, const Batch& batch, const Progress& progress);
  /// What labels ask of scores, in place of the plain objective; nullptr: the plain one.
  virtual const Objective* objective() const { return nullptr; }
  virtual void Visit(StateVisitor&) {}
};

template <>
Registry<Strategy>& Registry<Strategy>::Get();

}  // namespace plasticity
