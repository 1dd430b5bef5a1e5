#include "baselines/continual/projections.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

namespace plasticity {
namespace {

// The u >= 0 that makes 1/2 u'Pu + q'u least, P positive semidefinite and tiny; float64. Units
// become free one by one, where the slope is steepest, and are fixed at 0 again where the free
// ones' best would make them negative.
at::Tensor LeastNonNegative(const at::Tensor& p, const at::Tensor& q) {
  at::Tensor u = at::zeros_like(q);
  std::vector<std::int64_t> free;
  const double least = 1e-12 * q.abs().max().item<double>();
  while (true) {
    at::Tensor gain = -(p.mv(u) + q);
    if (!free.empty()) gain.index_fill_(0, at::tensor(free, at::kLong), 0);
    if (gain.max().item<double>() <= least) return u;
    free.push_back(gain.argmax().item<std::int64_t>());
    while (true) {
      const at::Tensor rows = at::tensor(free, at::kLong);
      const at::Tensor part = p.index_select(0, rows).index_select(1, rows);
      const at::Tensor best = at::linalg_pinv(part, 1e-12, true).mv(-q.index_select(0, rows));
      if (best.min().item<double>() > 0) {
        u = at::zeros_like(q).index_copy_(0, rows, best);
        break;
      }
      const at::Tensor here = u.index_select(0, rows);
      const at::Tensor share = at::where(best.le(0), here / (here - best), at::ones_like(best));
      const at::Tensor moved = here + share.min() * (best - here);
      std::vector<std::int64_t> still;
      for (std::size_t i = 0; i < free.size(); ++i)
        if (static_cast<std::int64_t>(i) != share.argmin().item<std::int64_t>())
          still.push_back(free[i]);
      u = at::zeros_like(q).index_copy_(0, rows, moved.clamp_min(0));
      free = still;
      if (free.empty()) break;
    }
  }
}

}  // namespace

at::Tensor Directions(Learner& learner) {
  std::vector<at::Tensor> rows;
  for (const Update* update : learner.updates())
    for (const at::Tensor& direction : update->directions) rows.push_back(direction.reshape(-1));
  return at::cat(rows);
}

void SetDirections(Learner& learner, const at::Tensor& directions) {
  std::int64_t start = 0;
  for (Update* update : learner.updates()) {
    for (at::Tensor& direction : update->directions) {
      const std::int64_t end = start + direction.numel();
      direction = directions.slice(0, start, end).reshape(direction.sizes());
      start = end;
    }
  }
}

at::Tensor WithoutPartAlong(const at::Tensor& direction, const at::Tensor& memory) {
  return direction - direction.dot(memory) / memory.dot(memory) * memory;
}

at::Tensor Agreeing(const at::Tensor& direction, const at::Tensor& memory) {
  return direction.dot(memory).item<double>() < 0 ? WithoutPartAlong(direction, memory) : direction;
}

at::Tensor Multipliers(const at::Tensor& direction, const at::Tensor& memories, double margin,
                       double ridge) {
  const at::Tensor rows = memories.to(at::kDouble);
  at::Tensor p = rows.mm(rows.t()).cpu();
  p.diagonal().add_(ridge);
  const at::Tensor q = rows.mv(direction.to(at::kDouble)).cpu();
  const at::Tensor least = at::full_like(q, margin);
  return least + LeastNonNegative(p, q + p.mv(least));  // v = margin + u
}

at::Tensor AgreeingWithAll(const at::Tensor& direction, const at::Tensor& memories, double margin,
                           double ridge) {
  if (memories.mv(direction).min().item<double>() >= 0) return direction;
  const at::Tensor v = Multipliers(direction, memories, margin, ridge);
  return direction + memories.t().mv(v.to(memories.options()));
}

}  // namespace plasticity
