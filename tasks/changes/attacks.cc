#include "tasks/changes/attacks.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

namespace plasticity {

at::Tensor Attacked(const at::Tensor& images, const at::Tensor& labels, const Scorer& scores,
                    const AttackBounds& bounds, std::int64_t steps, double share) {
  at::Tensor attacked = images.detach();
  for (std::int64_t step = 0; step < steps; ++step) {
    const at::AutoGradMode gradients(true);
    const at::Tensor x = attacked.detach().clone().requires_grad_();
    const at::Tensor loss = at::cross_entropy_loss(scores(x), labels);
    const at::Tensor slope = torch::autograd::grad({loss}, {x})[0];
    const at::Tensor moved = attacked + share * bounds.radius * slope.sign();
    const at::Tensor change = (moved - images).clamp(-bounds.radius, bounds.radius);
    attacked = (images + change).clamp(bounds.low, bounds.high).detach();
  }
  return attacked;
}

}  // namespace plasticity
