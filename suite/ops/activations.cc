#include "suite/ops/activations.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include <cmath>

#include "suite/ops/vectorized.h"

namespace plasticity {
namespace {

PLASTICITY_VECTORIZED
void TimesMagnitudes(const float* __restrict in, float* __restrict out, std::int64_t count,
                     int times) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float magnitude = std::fabs(in[i]);
    float product = in[i];
    for (int k = 0; k < times; ++k) product *= magnitude;
    out[i] = product;
  }
}

}  // namespace

at::Tensor RectifiedPower(const at::Tensor& x, double power) {
  const at::Tensor rectified = at::relu(x);
  return power == 1 ? rectified : rectified.pow(power);
}

at::Tensor CentreChannels(const at::Tensor& x) { return x - x.detach().mean(1, true); }

at::Tensor Triangle(const at::Tensor& x, double power) {
  return RectifiedPower(CentreChannels(x), power);
}

at::Tensor SampleNorm(const at::Tensor& x) {
  std::vector<std::int64_t> all;
  for (std::int64_t i = 1; i < x.dim(); ++i) all.push_back(i);
  const at::Tensor centered = x - x.mean(all, true);
  return centered / (centered.std(all, /*unbiased=*/true, /*keepdim=*/true) + 1e-10);
}

at::Tensor SignedPower(const at::Tensor& x, double power) {
  RECORD_FUNCTION("plasticity::signed_power", std::vector<c10::IValue>({x}));
  constexpr double kMostMultiplied = 16;
  const bool whole = power >= 1 && power <= kMostMultiplied && power == std::floor(power);
  if (!whole || !x.is_cpu() || x.scalar_type() != at::kFloat) return x.sign() * x.abs().pow(power);
  const at::Tensor in = x.contiguous();
  at::Tensor out = at::empty_like(in);
  const float* const from = in.const_data_ptr<float>();
  float* const to = out.mutable_data_ptr<float>();
  constexpr std::int64_t kWorthAThread = 1 << 14;
  at::parallel_for(0, in.numel(), kWorthAThread, [&](std::int64_t begin, std::int64_t end) {
    TimesMagnitudes(from + begin, to + begin, end - begin, static_cast<int>(power) - 1);
  });
  return out;
}

}  // namespace plasticity
