#include "tasks/metrics/images.h"

#include <ATen/ATen.h>

namespace plasticity {
namespace {

// A depthwise window over every channel, where it fits in whole.
at::Tensor Windowed(const at::Tensor& x, const at::Tensor& window) {
  const at::Tensor maps = x.flatten(0, 1).unsqueeze(1);  // [n * c, 1, h, w]
  return at::conv2d(maps, window.view({1, 1, window.size(0), window.size(1)}))
      .view({x.size(0), x.size(1), -1});  // [n, c, positions]
}

}  // namespace

at::Tensor MeanSquaredError(const at::Tensor& images, const at::Tensor& targets) {
  return (images.to(at::kDouble) - targets.to(at::kDouble)).square().flatten(1).mean(1);
}

at::Tensor PeakSignalToNoise(const at::Tensor& images, const at::Tensor& targets) {
  return MeanSquaredError(images, targets).log10() * -10;
}

at::Tensor StructuralSimilarity(const at::Tensor& images, const at::Tensor& targets) {
  constexpr std::int64_t kWindow = 11;
  constexpr double kDeviation = 1.5, kC1 = 0.01 * 0.01, kC2 = 0.03 * 0.03;
  const at::Tensor a = images.to(at::kDouble), b = targets.to(at::kDouble);
  if (a.size(2) < kWindow || a.size(3) < kWindow)
    return at::full({a.size(0)}, std::numeric_limits<double>::quiet_NaN(), a.options());
  const at::Tensor places = at::arange(kWindow, a.options()) - kWindow / 2;
  const at::Tensor line = (places.square() / (-2 * kDeviation * kDeviation)).exp();
  const at::Tensor window = at::outer(line, line) / line.sum().square();
  const at::Tensor mean_a = Windowed(a, window), mean_b = Windowed(b, window);
  const at::Tensor variance_a = Windowed(a * a, window) - mean_a * mean_a;
  const at::Tensor variance_b = Windowed(b * b, window) - mean_b * mean_b;
  const at::Tensor covariance = Windowed(a * b, window) - mean_a * mean_b;
  const at::Tensor similarity =
      (2 * mean_a * mean_b + kC1) * (2 * covariance + kC2) /
      ((mean_a.square() + mean_b.square() + kC1) * (variance_a + variance_b + kC2));
  return similarity.mean(2).mean(1);
}

}  // namespace plasticity
