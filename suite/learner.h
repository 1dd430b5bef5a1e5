#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "suite/batch.h"
#include "suite/network.h"
#include "suite/readout.h"
#include "suite/rule.h"
#include "suite/state.h"
#include "suite/strategy.h"

namespace plasticity {

/// What a learner is put together from.
struct LearnerParts {
  RuleInfo rule_info;
  std::unique_ptr<Rule> rule;
  std::unique_ptr<Network> network;
  ReadoutInfo readout_info;
  std::unique_ptr<Readout> readout;
  StrategyInfo strategy_info;
  std::unique_ptr<Strategy> strategy;
};

/// What learns: a network, the rule that changes it, the readout that classifies by its features,
/// and the strategy around both.
class Learner {
 public:
  /// Attaches the parts to each other for images of `image_size` values. Throws InputError where
  /// they do not fit: a network that the rule refuses, a strategy that needs more of an update than
  /// the rule's.
  Learner(std::string name, LearnerParts parts, std::int64_t image_size, std::int64_t classes);
  Learner(const Learner&) = delete;
  Learner& operator=(const Learner&) = delete;

  const std::string& name() const { return name_; }
  Network& network() { return *parts_.network; }
  Rule& rule() { return *parts_.rule; }
  Readout& readout() { return *parts_.readout; }
  Strategy& strategy() { return *parts_.strategy; }
  const RuleInfo& rule_info() const { return parts_.rule_info; }
  const ReadoutInfo& readout_info() const { return parts_.readout_info; }

  /// The first half of a step, of the rule and of a readout beside it: weights stay. A rule that
  /// needs no labels is handed none. The report's loss is the rule's.
  StepReport Learn(const Batch& batch, const Progress& progress);
  /// The second half.
  void Commit(const Progress& progress);
  /// One step as the strategy takes it.
  StepReport Step(const Batch& batch, const Progress& progress) {
    return parts_.strategy->Step(*this, batch, progress);
  }
  /// The loss of the readout beside the rule in the last step; undefined where it has none.
  const at::Tensor& readout_loss() const { return readout_loss_; }
  /// What is about to be taken: the rule's update, and the readout's.
  std::vector<Update*> updates() { return {&rule().update(), &readout().update()}; }

  /// Features [n, count] of images [n, c, h, w], in evaluation mode, without gradients.
  at::Tensor Features(const at::Tensor& images) { return rule().Features(images); }
  std::int64_t feature_count() const { return feature_count_; }
  std::int64_t classes() const { return classes_; }
  /// Takes over the weights of `other`'s blocks as they stand, and its rule's state where both have
  /// the same rule; not what has another shape here, as what depends on the number of classes may.
  void StartFrom(Learner& other);
  /// The readout forgets what it learned and begins anew.
  void RenewReadout();

  void Visit(StateVisitor& visitor);
  /// Visits one part alone: "network", "rule", "readout" or "strategy".
  void VisitPart(const std::string& part, StateVisitor& visitor);

 private:
  std::string name_;
  LearnerParts parts_;
  std::int64_t feature_count_ = 0;
  std::int64_t classes_ = 0;
  at::Tensor readout_loss_;
};

}  // namespace plasticity
