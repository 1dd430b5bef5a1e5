#include "suite/ops/naive_update.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace plasticity {

at::Tensor NaiveUpdate(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& gate,
                       const at::Tensor& y) {
  constexpr std::int64_t kValues = std::int64_t{64} << 20;  // of one tensor [n, units, in]
  const std::int64_t units = weight.size(0);
  const std::int64_t group =
      std::clamp<std::int64_t>(kValues / std::max<std::int64_t>(1, x.numel()), 1, units);
  at::Tensor delta = at::empty_like(weight);
  for (std::int64_t first = 0; first < units; first += group) {
    const std::int64_t last = std::min(units, first + group);
    const at::Tensor w = weight.slice(0, first, last);  // [units, in]
    at::Tensor reconstruction = w.unsqueeze(0);         // [1, units, in]
    if (y.defined()) {
      const at::Tensor before = y.slice(1, 0, first).mm(weight.slice(0, 0, first));  // [n, in]
      const at::Tensor terms = y.slice(1, first, last).unsqueeze(2) * w;  // [n, units, in]
      reconstruction = terms.cumsum(1) + before.unsqueeze(1);
    }
    const at::Tensor difference = x.unsqueeze(1) - reconstruction;  // [n, units, in]
    delta.slice(0, first, last)
        .copy_((gate.slice(1, first, last).unsqueeze(2) * difference).sum(0));
  }
  return delta;
}

}  // namespace plasticity
