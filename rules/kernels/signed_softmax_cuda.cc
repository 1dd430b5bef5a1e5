// The operator signed_softmax on CUDA; the decay is summed after the kernel.
#include "rules/kernels/signed_softmax_cuda.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mul.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/library.h>

namespace plasticity::kernels {
namespace {

std::tuple<at::Tensor, at::Tensor> SignedSoftmaxCuda(const at::Tensor& input, double t) {
  TORCH_CHECK(input.dim() == 2 && input.scalar_type() == at::kFloat,
              "u is a float32 matrix [n, out]");
  const at::Tensor u = input.contiguous();
  at::Tensor y = at::empty_like(u);
  if (u.numel() > 0) {
    const char* failed = SignedSoftmaxRows(
        u.const_data_ptr<float>(), y.mutable_data_ptr<float>(), u.size(0),
        static_cast<int>(u.size(1)), static_cast<float>(t), c10::cuda::getCurrentCUDAStream());
    TORCH_CHECK(failed == nullptr, "signed_softmax: ", failed);
  }
  return {y, at::mul(y, u).sum(0)};
}

}  // namespace
}  // namespace plasticity::kernels

TORCH_LIBRARY_IMPL(plasticity, CUDA, library) {
  library.impl("signed_softmax", &plasticity::kernels::SignedSoftmaxCuda);
}
