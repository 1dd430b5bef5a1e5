#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "suite/batch.h"
#include "suite/experience.h"
#include "suite/objective.h"
#include "suite/readout.h"
#include "suite/registry.h"
#include "suite/rule.h"
#include "suite/samples.h"
#include "suite/state.h"
#include "suite/streams.h"

namespace plasticity {

class Learner;

/// What a strategy may look at beyond a batch: its learner learns from a stream.
struct Surroundings {
  const Experiences* experiences = nullptr;   ///< the stream
  const Experience* now = nullptr;            ///< the one that is learned
  const Streams* streams = nullptr;           ///< the cell's random streams
  std::function<Batch(const Samples&)> load;  ///< images as the learner gets them
  std::function<std::unique_ptr<Learner>()>
      like;  ///< makes a learner as this one was at its start, with another strategy: none
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

/// The columns of `list` for a strategy.
std::vector<Fact> ColumnsOf(const StrategyInfo& info);
/// The lines of `describe` for a strategy.
std::vector<Fact> FactsOf(const StrategyInfo& info);

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
  virtual void Attach(Learner& learner) { learner_ = &learner; }
  /// Called before anything that concerns an experience, also when a stopped run goes on.
  void Enter(Surroundings surroundings) { surroundings_ = std::move(surroundings); }
  /// What Enter was given last; without experiences where it was not called.
  const Surroundings& entered() const { return surroundings_; }
  /// What is learned from at `now`. Where it is not as much as now.train, the budget is taken as so
  /// many passes over that.
  virtual Samples Choose(const Experience& now) { return now.train; }
  /// What a readout that learns after the rule goes on learning from, once `now` is learned.
  virtual Samples ChooseForReadout(const Experience& now) { return Choose(now); }
  /// Called before the first step on an experience.
  virtual void Begin(const Experience& /*experience*/) {}
  /// Called after the last step on an experience.
  virtual void End(const Experience& /*experience*/) {}
  /// One step of the learner.
  virtual StepReport Step(Learner& learner, const Batch& batch, const Progress& progress);
  /// As Rule::Branch, of what Step does beyond the learner's own two halves; kNoBranch where a
  /// strategy does not say otherwise.
  virtual std::int64_t Branch(const Progress& /*progress*/) const { return kNoBranch; }
  /// What labels ask of scores, in place of the plain objective; nullptr: the plain one.
  virtual const Objective* objective() const { return nullptr; }
  /// A classifier of the strategy's own, in place of the learner's readout; nullptr: the learner's.
  virtual Readout* classifier() { return nullptr; }
  /// Bytes of the images that it remembers by their place alone, as if it kept them, uint8.
  virtual std::int64_t remembered_bytes() const { return 0; }
  /// The strategy's own state.
  virtual void Visit(StateVisitor&) {}

 protected:
  /// What it stands around.
  Learner& learner() const { return *learner_; }
  /// What Enter was given. Throws InputError where the task has no stream.
  const Surroundings& surroundings() const;
  /// Throws InputError where it is not told when the experience ends, for a strategy that must
  /// know.
  void RequireBoundary(const Experience& experience) const;

 private:
  Learner* learner_ = nullptr;
  Surroundings surroundings_;
};

/// All strategies that the program knows.
template <>
Registry<Strategy>& Registry<Strategy>::Get();

}  // namespace plasticity
