#include "suite/layer_pass.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace plasticity {

std::vector<LayerPass> PassThrough(Network& network, const at::Tensor& images) {
  const at::NoGradGuard no_gradients;
  std::vector<LayerPass> passes;
  at::Tensor x = images;
  for (Block& block : network.blocks()) {
    const at::Tensor seen = block.Before(x, false);
    x = block.Skip(x, block.After(block.layer.Forward(seen), false));
    passes.push_back({block.layer.Pad(seen), x});
  }
  return passes;
}

Linear ReadingWeights(Learner& learner) {
  Linear found;
  for (const at::Tensor& parameter : learner.rule().update().parameters)
    if (parameter.is_same(learner.network().head().weight)) found = learner.network().head();
  for (const at::Tensor& parameter : learner.readout().update().parameters) {
    if (parameter.dim() == 2 && parameter.size(1) == learner.feature_count())
      found.weight = parameter;
    if (parameter.dim() == 1) found.bias = parameter;
  }
  return found;
}

void CommitChanged(Learner& learner, const Progress& progress, const StepChange& change) {
  const at::NoGradGuard no_gradients;
  std::vector<std::pair<at::Tensor, at::Tensor>> weights;  // the weight, and as it was
  for (const Update* update : learner.updates())
    for (const at::Tensor& parameter : update->parameters)
      if (parameter.dim() > 1) weights.emplace_back(parameter, parameter.detach().clone());
  learner.Commit(progress);
  for (const auto& [weight, before] : weights) {
    const at::Tensor now = weight.detach();
    now.copy_(before + change(weight, before, now - before));
  }
}

}  // namespace plasticity
