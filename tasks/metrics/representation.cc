#include "tasks/metrics/representation.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace plasticity {
namespace {

at::Tensor Centred(const at::Tensor& x) {
  const at::Tensor rows = x.to(at::kDouble);
  return rows - rows.mean(0, true);
}

// Of singular values.
double EffectiveRankOf(const at::Tensor& singular) {
  const at::Tensor share = singular / singular.sum();
  return (-at::xlogy(share, share).sum()).exp().item<double>();
}

}  // namespace

double EffectiveRank(const at::Tensor& m) {
  return EffectiveRankOf(at::linalg_svdvals(m.to(at::kDouble)));
}

Dimensions DimensionsOf(const at::Tensor& m) {
  const at::Tensor rows = m.to(at::kDouble);
  const at::Tensor singular = at::linalg_svdvals(rows);  // descending
  const at::Tensor centred = at::linalg_svdvals(Centred(rows)).square();
  return {.effective_rank = EffectiveRankOf(singular),
          .participation_ratio =
              centred.sum().square().item<double>() / centred.square().sum().item<double>(),
          .stable_rank =
              singular.square().sum().item<double>() / std::pow(singular[0].item<double>(), 2)};
}

Silence SilenceOf(const at::Tensor& m) {
  constexpr double kRounding = 1e-6;  // of the largest value
  const at::Tensor sizes = m.abs();
  const at::Tensor speaks =  // [units], share of samples
      sizes.gt(kRounding * sizes.max()).to(at::kDouble).mean(0);
  return {.dead = speaks.eq(0).to(at::kDouble).mean().item<double>(),
          .dormant = speaks.lt(0.01).to(at::kDouble).mean().item<double>(),
          .sparsity = 1 - speaks.mean().item<double>()};
}

double Cosine(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.flatten().to(at::kDouble), y = b.flatten().to(at::kDouble);
  return x.dot(y).item<double>() / (x.norm().item<double>() * y.norm().item<double>());
}

double Degrees(double cosine) {
  return std::acos(std::clamp(cosine, -1.0, 1.0)) * 180 / std::numbers::pi;
}

}  // namespace plasticity
