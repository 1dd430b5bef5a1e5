#include "suite/ops/activations.h"

#include <ATen/ATen.h>

namespace plasticity {

at::Tensor Triangle(const at::Tensor& x, double power) {
  const at::Tensor excess = at::relu(x - x.detach().mean(1, true));
  return power == 1 ? excess : excess.pow(power);
}

at::Tensor SampleNorm(const at::Tensor& x) {
  std::vector<std::int64_t> all;
  for (std::int64_t i = 1; i < x.dim(); ++i) all.push_back(i);
  const at::Tensor centered = x - x.mean(all, true);
  return centered / (centered.std(all, /*unbiased=*/true, /*keepdim=*/true) + 1e-10);
}

}  // namespace plasticity
