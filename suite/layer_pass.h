#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "suite/batch.h"
#include "suite/learner.h"
#include "suite/network.h"

namespace plasticity {

/// What a block's plastic layer sees, and what the block says to it.
struct LayerPass {
  at::Tensor padded;  ///< the layer's input, padding attached
  at::Tensor output;  ///< the block's output, skip connection included
};

/// Shows images [n, c, h, w] to all blocks, in evaluation mode, without gradients: one a block.
std::vector<LayerPass> PassThrough(Network& network, const at::Tensor& images);

/// The weights by which scores see the features, and that the update which is about to be taken
/// changes: of a readout beside the rule, or of a head that the rule trains. Undefined where there
/// are none.
Linear ReadingWeights(Learner& learner);

/// What becomes of the step that a weight took from `before`, both of its shape.
using StepChange = std::function<at::Tensor(const at::Tensor& weight, const at::Tensor& before,
                                            const at::Tensor& step)>;
/// Takes the second half of a step; then weights (not biases, gains and shifts) are put where
/// `change` of their step leads. Whatever makes steps of directions, an optimiser or a constraint,
/// has had its way.
void CommitChanged(Learner& learner, const Progress& progress, const StepChange& change);

}  // namespace plasticity
