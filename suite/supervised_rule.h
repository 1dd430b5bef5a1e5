#pragma once

#include <ATen/core/Tensor.h>

#include <utility>
#include <vector>

#include "suite/optimizer.h"
#include "suite/rule.h"

namespace plasticity {

/// A supervised rule that trains the whole network, its head included: it fills gradients, and one
/// optimiser follows them. The optimiser's defaults are the backprop baseline's, so that budgets
/// match.
class SupervisedRule : public Rule {
 public:
  /// Declares the optimiser's settings; `batch_size` is the rule's published one.
  explicit SupervisedRule(Params& params, std::int64_t batch_size = 128);

  /// Leaves in each parameter of the network the direction that it is to go down, as its grad().
  virtual StepReport ComputeGradients(const Batch& batch, const Progress& progress) = 0;

  void Attach(Network& network) override;
  StepReport Learn(const Batch& batch, const Progress& progress) override;
  void Commit(const Progress& progress) override;
  /// The optimiser's; a rule that draws has none.
  std::int64_t Branch(const Progress& progress) const override { return config_.Branch(progress); }
  void Visit(StateVisitor& visitor) override;

 protected:
  /// The optimiser's settings in force.
  const OptimizerConfig& optimizer_config() const { return config_; }

 private:
  OptimizerConfig config_;
  Optimizer optimizer_;
};

/// Puts running statistics (all visited tensors that nothing trains) back at the end of its life:
/// for forward passes in training mode that a rule makes for itself, beyond the one that counts.
class RunningStatisticsGuard {
 public:
  /// `part`: a Network or a Block.
  template <typename Part>
  explicit RunningStatisticsGuard(Part& part) {
    StateCollector collector;
    part.Visit(collector);
    Keep(collector.tensors);
  }
  ~RunningStatisticsGuard();
  RunningStatisticsGuard(const RunningStatisticsGuard&) = delete;
  RunningStatisticsGuard& operator=(const RunningStatisticsGuard&) = delete;

 private:
  void Keep(const NamedTensors& tensors);

  std::vector<std::pair<at::Tensor, at::Tensor>> saved_;  // the tensor, its values
};

}  // namespace plasticity
