#include "baselines/continual/herding.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

namespace plasticity {

at::Tensor OnSphere(const at::Tensor& rows) {
  return rows / rows.norm(2, {1}, true).clamp_min(1e-12);
}

std::vector<std::int64_t> Herd(const at::Tensor& rows, std::int64_t count) {
  const at::Tensor all = rows.to(at::kDouble), mean = all.mean(0);
  at::Tensor sum = at::zeros_like(mean), taken = at::zeros({all.size(0)}, all.options());
  std::vector<std::int64_t> chosen;
  for (std::int64_t i = 0; i < std::min(count, all.size(0)); ++i) {
    const at::Tensor off = (mean - (all + sum) / (i + 1)).norm(2, {1}) + taken;
    const auto best = off.argmin().item<std::int64_t>();
    taken[best] = std::numeric_limits<double>::infinity();
    sum = sum + all[best];
    chosen.push_back(best);
  }
  return chosen;
}

at::Tensor ExemplarMean(const at::Tensor& features, const at::Tensor& mirrored) {
  at::Tensor mean = OnSphere(features).mean(0);
  if (mirrored.defined()) mean = (mean + OnSphere(mirrored).mean(0)) / 2;
  return OnSphere(mean.unsqueeze(0)).squeeze(0);
}

at::Tensor NearestExemplars::Scores(const at::Tensor& features) {
  const at::Tensor apart = OnSphere(features).unsqueeze(1) - means_;  // [n, classes, features]
  return apart.square().sum(2).neg().nan_to_num(-std::numeric_limits<double>::infinity());
}

}  // namespace plasticity
