// The operator gather_with_dropout on CUDA.
#include "suite/ops/dropout_cuda.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/library.h>

#include "suite/ops/dropout_mask.h"

namespace plasticity {
namespace {

at::Tensor GatherWithDropoutCuda(const at::Tensor& features, const at::Tensor& indices, double p,
                                 std::int64_t key) {
  const at::Tensor from = features.contiguous(), rows = indices.to(features.device());
  at::Tensor kept = at::empty({rows.size(0), from.size(1)}, from.options());
  if (kept.numel() > 0) {
    const char* failed = DropRows(
        from.const_data_ptr<float>(),
        reinterpret_cast<const long long*>(rows.contiguous().const_data_ptr<std::int64_t>()),
        kept.mutable_data_ptr<float>(), rows.size(0), from.size(1), DropoutThreshold(p),
        static_cast<float>(1 / (1 - p)), static_cast<std::uint64_t>(key),
        c10::cuda::getCurrentCUDAStream());
    TORCH_CHECK(failed == nullptr, "gather_with_dropout: ", failed);
  }
  return kept;
}

}  // namespace
}  // namespace plasticity

TORCH_LIBRARY_IMPL(plasticity, CUDA, library) {
  library.impl("gather_with_dropout", &plasticity::GatherWithDropoutCuda);
}
