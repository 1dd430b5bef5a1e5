#include "suite/ops/oja_subspace.h"

#include <ATen/ATen.h>

namespace plasticity {

void OjaSubspace::Grow(const at::Tensor& rows) {
  held_ = units();
  rows_ = held_ == 0 ? rows : at::cat({rows_, rows});
  const at::Tensor still = at::zeros_like(rows);
  momentum_ = held_ == 0 ? still : at::cat({momentum_, still});
}

at::Tensor OjaSubspace::Answer(const at::Tensor& x) const {
  const at::Tensor y = x.mm(rows_.t());  // [n, units]
  if (settings_.time_steps == 0) return y;
  const double scale = settings_.spike_scale, steps = static_cast<double>(settings_.time_steps);
  return (y.clamp(-scale, scale) / scale * steps).round() / steps * scale;
}

at::Tensor OjaSubspace::Without(const at::Tensor& x) const {
  return units() == 0 ? x : x - Answer(x).mm(rows_);
}

at::Tensor OjaSubspace::Projected(const at::Tensor& change) const {
  return units() == 0 ? change : change - change.mm(rows_.t()).mm(rows_);
}

// New tensors, so that a copy of the subspace stays as it was.
void OjaSubspace::Learn(const at::Tensor& x) {
  const auto n = static_cast<double>(x.size(0));
  for (std::int64_t i = 0; i < settings_.iterations; ++i) {
    const at::Tensor learning = Answer(x).slice(1, held_);  // [n, units that learn]
    const at::Tensor change =
        (learning.t().mm(Without(x)) / n).clamp(-settings_.bound, settings_.bound);  // [those, in]
    const at::Tensor velocity =
        settings_.momentum * momentum_.slice(0, held_) + (1 - settings_.momentum) * change;
    momentum_ = at::cat({momentum_.slice(0, 0, held_), velocity});
    rows_ = at::cat(
        {rows_.slice(0, 0, held_), rows_.slice(0, held_) + settings_.learning_rate * velocity});
  }
}

void OjaSubspace::Visit(StateVisitor& visitor) {
  visitor.Tensor("rows", rows_);
  visitor.Tensor("momentum", momentum_);
  visitor.Value("held", held_);
}

}  // namespace plasticity
