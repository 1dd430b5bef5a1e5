#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
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
  RuleInfo rule_info;                  ///< what the rule says of itself
  std::unique_ptr<Rule> rule;          ///< what changes the network
  std::unique_ptr<Network> network;    ///< what learns
  ReadoutInfo readout_info;            ///< what the readout says of itself
  std::unique_ptr<Readout> readout;    ///< what turns features into scores
  StrategyInfo strategy_info;          ///< what the strategy says of itself
  std::unique_ptr<Strategy> strategy;  ///< what stands around a step
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

  /// Its name in the cell, under which its state is kept.
  const std::string& name() const { return name_; }
  /// What learns.
  Network& network() { return *parts_.network; }
  /// What changes the network.
  Rule& rule() { return *parts_.rule; }
  /// What turns features into scores.
  Readout& readout() { return *parts_.readout; }
  /// What stands around a step.
  Strategy& strategy() { return *parts_.strategy; }
  /// What classifies: the strategy's own classifier, or else the readout.
  Readout& classifier() {
    Readout* own = strategy().classifier();
    return own == nullptr ? readout() : *own;
  }
  /// What the rule says of itself.
  const RuleInfo& rule_info() const { return parts_.rule_info; }
  /// What the readout says of itself.
  const ReadoutInfo& readout_info() const { return parts_.readout_info; }
  /// What the strategy says of itself.
  const StrategyInfo& strategy_info() const { return parts_.strategy_info; }

  /// Whether labels have a part in what it learns: by its rule, or by a readout beside it.
  bool uses_labels() const { return rule_info().needs_labels || readout_info().beside; }

  /// The first half of a step, of the rule and of a readout beside it: weights stay. A rule that
  /// needs no labels is handed none. The report's loss is the rule's.
  StepReport Learn(const Batch& batch, const Progress& progress);
  /// The second half.
  void Commit(const Progress& progress);
  /// One step as the strategy takes it.
  StepReport Step(const Batch& batch, const Progress& progress);
  /// The branches (Rule::Branch) of the rule, of a readout beside it and of the strategy; nothing
  /// where the step is like no other.
  std::optional<std::array<std::int64_t, 3>> Branch(const Progress& progress);
  /// From now on a step classifies its images before it learns from them, as a judgement does: a
  /// forward pass more.
  void ClassifyFirst() { classifies_first_ = true; }
  /// The share of those images that were classified right since the last call; nothing where there
  /// were none.
  std::optional<double> TakeOnlineAccuracy();
  /// The loss of the readout beside the rule in the last step; undefined where it has none.
  const at::Tensor& readout_loss() const { return readout_loss_; }
  /// What is about to be taken: the rule's update, and the readout's.
  std::vector<Update*> updates() { return {&rule().update(), &readout().update()}; }

  /// Features [n, count] of images [n, c, h, w], in evaluation mode, without gradients.
  at::Tensor Features(const at::Tensor& images) { return rule().Features(images); }
  /// How many features an image has.
  std::int64_t feature_count() const { return feature_count_; }
  /// How many classes scores choose among.
  std::int64_t classes() const { return classes_; }
  /// Takes over the weights of `other`'s blocks as they stand, its head's where both tell the same
  /// classes, and its rule's state where both have the same rule; not what has another shape here,
  /// as what depends on the number of classes may.
  void StartFrom(Learner& other, bool same_classes);
  /// The readout forgets what it learned and begins anew.
  void RenewReadout();

  /// All that a stopped run must find again.
  void Visit(StateVisitor& visitor);
  /// Visits one part alone: "network", "rule", "readout" or "strategy".
  void VisitPart(const std::string& part, StateVisitor& visitor);

 private:
  std::string name_;
  LearnerParts parts_;
  std::int64_t feature_count_ = 0;
  std::int64_t classes_ = 0;
  at::Tensor readout_loss_;
  bool classifies_first_ = false;
  at::Tensor right_;  // scalar, on the device: of the images that were classified first
  std::int64_t classified_ = 0;
};

}  // namespace plasticity
