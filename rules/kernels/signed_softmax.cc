#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include <algorithm>

#include "rules/kernels/kernels.h"
#include "suite/ops/vectorized.h"

namespace plasticity::kernels {
namespace {

// One row: turns y's sign but for the winner's, and adds y u to the decay.
PLASTICITY_VECTORIZED
void SignRow(const float* __restrict u, float* __restrict y, float* __restrict decay,
             std::int64_t out) {
  float highest = u[0];
  for (std::int64_t k = 1; k < out; ++k) highest = u[k] > highest ? u[k] : highest;
  std::int64_t winner = 0;
  while (winner < out - 1 && !(u[winner] == highest)) ++winner;
  for (std::int64_t k = 0; k < out; ++k) {
    y[k] = -y[k];
    decay[k] += y[k] * u[k];
  }
  y[winner] = -y[winner];
  decay[winner] += 2 * y[winner] * u[winner];
}

std::tuple<at::Tensor, at::Tensor> SignedSoftmaxCpu(const at::Tensor& input, double t) {
  TORCH_CHECK(input.dim() == 2 && input.scalar_type() == at::kFloat,
              "u is a float32 matrix [n, out]");
  const at::Tensor u = input.contiguous();
  const std::int64_t rows = u.size(0), out = u.size(1);
  at::Tensor y = at::softmax(t == 1 ? u : u * t, 1);
  // A fixed number of parts: the sums then do not depend on how many threads share them.
  constexpr std::int64_t kParts = 16;
  at::Tensor partial = at::zeros({kParts, out}, u.options());
  const float* in = u.const_data_ptr<float>();
  float* sign = y.mutable_data_ptr<float>();
  float* sums = partial.mutable_data_ptr<float>();
  at::parallel_for(0, kParts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t part = begin; part < end; ++part) {
      for (std::int64_t row = part * rows / kParts; row < (part + 1) * rows / kParts; ++row) {
        SignRow(in + row * out, sign + row * out, sums + part * out, out);
      }
    }
  });
  return {y, partial.sum(0)};
}

}  // namespace

std::pair<at::Tensor, at::Tensor> SignedSoftmax(const at::Tensor& u, double t) {
  static const auto op =
      c10::Dispatcher::singleton()
          .findSchemaOrThrow("plasticity::signed_softmax", "")
          .typed<std::tuple<at::Tensor, at::Tensor>(const at::Tensor&, double)>();
  auto [y, decay] = op.call(u, t);
  return {y, decay};
}

}  // namespace plasticity::kernels

TORCH_LIBRARY(plasticity, library) {
  library.def("signed_softmax(Tensor u, float t) -> (Tensor, Tensor)");
}

TORCH_LIBRARY_IMPL(plasticity, CPU, library) {
  library.impl("signed_softmax", &plasticity::kernels::SignedSoftmaxCpu);
}
