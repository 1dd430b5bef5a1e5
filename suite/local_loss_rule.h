#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "suite/optimizer.h"
#include "suite/rule.h"

namespace plasticity {

/// A rule that gives each block a loss of its own. The engine detaches every block's input, so that
/// no gradient crosses from one block to another, and one optimiser steps over all blocks and the
/// rule's own modules. Only Loss must be written.
class LocalLossRule : public Rule {
 public:
  /// Declares the optimiser's settings, with `defaults`: AdamW with a rate of 0.001 unless told
  /// otherwise.
  LocalLossRule(Params& params, std::int64_t batch_size, const OptimizerConfig& defaults = {});

  /// The loss (scalar) of block `index` that turned `input` (detached) into `output`, before a skip
  /// connection, both [n, channels, height, width] or [n, features]. `batch` is what Prepare gave;
  /// its labels are undefined for a rule that needs none. RunError where it is no scalar, or
  /// follows from nothing that is trained.
  virtual at::Tensor Loss(std::size_t index, const at::Tensor& input, const at::Tensor& output,
                          const Batch& batch) = 0;

  /// What the blocks learn from: the batch itself, or the rule's own views of it. Where the images
  /// are not the batch's own, a step's features are those of the images as they were given, looked
  /// at once more without learning.
  virtual Batch Prepare(const Batch& batch, const Progress&) { return batch; }
  /// How many images Prepare makes of one, for the cost columns.
  virtual double views() const { return 1; }
  /// What a block, and in the end the readout, gets for `x`: the images or what the block before it
  /// gave.
  virtual at::Tensor Receive(const at::Tensor& x) const { return x; }

  /// What that loss looks at in a block's output: the output itself, or the rule's projection of
  /// it.
  virtual at::Tensor Represent(std::size_t /*index*/, const at::Tensor& output) { return output; }

  /// What the rule trains together with block `index`, by name: {"project", Linear(...).weight}.
  /// The engine gives it to the optimiser, saves and loads it; draws come from network.streams().
  virtual NamedTensors MakeModules(Network& /*network*/, std::size_t /*index*/) { return {}; }

  void Attach(Network& network) override;
  StepReport Learn(const Batch& batch, const Progress& progress) override;
  void Commit(const Progress& progress) override;
  /// The optimiser's; a rule whose Prepare or Loss draws has none.
  std::int64_t Branch(const Progress& progress) const override { return config_.Branch(progress); }
  at::Tensor Encode(const at::Tensor& images) override;
  double learn_flops() const override;
  void Visit(StateVisitor& visitor) override;

  /// The step up to the gradients, which the parameters then hold; for tests.
  StepReport ComputeGradients(const Batch& batch, const Progress& progress = {});

 protected:
  /// What MakeModules made for block `index` under this name.
  const at::Tensor& module(std::size_t index, const std::string& name) const {
    return modules_.at(index).at(name);
  }

 private:
  OptimizerConfig config_;
  Optimizer optimizer_;
  std::vector<NamedTensors> modules_;  // a block
};

}  // namespace plasticity
