#include "suite/objective.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <limits>

namespace plasticity {

at::Tensor AmongCandidates(const at::Tensor& scores, const at::Tensor& candidates) {
  if (!candidates.defined()) return scores;
  return scores.masked_fill(candidates.logical_not(), -std::numeric_limits<float>::infinity());
}

at::Tensor Objective::LabelLoss(const at::Tensor& scores, const Batch& batch) const {
  return at::cross_entropy_loss(AmongCandidates(scores, batch.candidates), batch.labels);
}

Objective::Slope Objective::SlopeAt(const at::Tensor& scores, const Batch& batch) const {
  const at::AutoGradMode gradients(true);
  const at::Tensor leaf = scores.detach().requires_grad_();
  const at::Tensor loss = Loss(leaf, batch);
  loss.backward();
  return {.loss = loss.detach(), .error = leaf.grad()};
}

const Objective& Objective::Plain() {
  static const Objective plain;
  return plain;
}

}  // namespace plasticity
