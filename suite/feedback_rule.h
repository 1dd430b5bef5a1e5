#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

#include "suite/supervised_rule.h"

namespace plasticity {

/// A supervised rule that sends the output error e = (softmax(head(features)) - one-hot) / n back
/// through something other than the transposed weights. Within a block everything but the plastic
/// layer is differentiated exactly (activation, pooling, batch norm, skip connection); weights
/// learn from the error at their units and the input that they saw. Layers are counted from 0, and
/// the head is the one after the last block's.
class FeedbackRule : public SupervisedRule {
 public:
  /// A rule with the backprop baseline's optimiser; `batch_size` is its published one.
  using SupervisedRule::SupervisedRule;

  /// What stands in for `weight` where the error of `layer` goes back to its input; shaped like it.
  /// Undefined: nothing goes back through the layer.
  virtual at::Tensor FeedbackWeight(std::size_t layer, const at::Tensor& weight,
                                    const Progress& progress) = 0;

  /// The error at block `index`'s output, of that output's shape. `error` is e [n, classes];
  /// `carried` is what came back from the layer above, undefined where nothing did.
  virtual at::Tensor OutputError(std::size_t /*index*/, const at::Tensor& /*error*/,
                                 const at::Tensor& carried) {
    return carried;
  }

  StepReport ComputeGradients(const Batch& batch, const Progress& progress) override;

  /// Forward, the weights' gradient, and the error at every block's input but the first's.
  double learn_flops() const override { return 3 * Rule::learn_flops(); }

 protected:
  /// The weights of `layer`.
  const at::Tensor& LayerWeight(std::size_t layer);
  /// Random weights shaped as the weights of `layer`, and drawn as those are at the start: uniform
  /// in +-1/sqrt(fan-in). `purpose` and `index` name the stream.
  at::Tensor RandomWeight(std::size_t layer, std::string_view purpose, std::uint64_t index);
};

}  // namespace plasticity
