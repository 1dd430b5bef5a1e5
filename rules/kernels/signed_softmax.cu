// CUDA twin of signed_softmax.cc: a block of threads per row computes the softmax, the winner and
// the signs in one pass over shared memory; the decay is summed afterwards.
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mul.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/library.h>

#include <cub/block/block_reduce.cuh>

namespace plasticity::kernels {
namespace {

constexpr int kThreads = 128;

struct Peak {
  float value;
  int index;
};

// The larger value; of equals the first.
struct HigherPeak {
  __device__ Peak operator()(const Peak& a, const Peak& b) const {
    if (a.value != b.value) return a.value > b.value ? a : b;
    return a.index < b.index ? a : b;
  }
};

__global__ void SignedSoftmaxRows(const float* __restrict__ u, float* __restrict__ y, int out,
                                  float t) {
  using ReducePeak = cub::BlockReduce<Peak, kThreads>;
  using ReduceSum = cub::BlockReduce<float, kThreads>;
  __shared__ union {
    typename ReducePeak::TempStorage peak;
    typename ReduceSum::TempStorage sum;
  } scratch;
  __shared__ Peak winner;
  __shared__ float total;
  const float* row = u + static_cast<std::size_t>(blockIdx.x) * out;
  float* result = y + static_cast<std::size_t>(blockIdx.x) * out;

  Peak best{-INFINITY, out};
  for (int k = threadIdx.x; k < out; k += kThreads) best = HigherPeak()(best, Peak{row[k], k});
  best = ReducePeak(scratch.peak).Reduce(best, HigherPeak());
  if (threadIdx.x == 0) winner = best;
  __syncthreads();

  float sum = 0;
  for (int k = threadIdx.x; k < out; k += kThreads) sum += expf(t * (row[k] - winner.value));
  sum = ReduceSum(scratch.sum).Sum(sum);
  if (threadIdx.x == 0) total = sum;
  __syncthreads();

  for (int k = threadIdx.x; k < out; k += kThreads) {
    const float share = expf(t * (row[k] - winner.value)) / total;
    result[k] = k == winner.index ? share : -share;
  }
}

std::tuple<at::Tensor, at::Tensor> SignedSoftmaxCuda(const at::Tensor& input, double t) {
  TORCH_CHECK(input.dim() == 2 && input.scalar_type() == at::kFloat,
              "u is a float32 matrix [n, out]");
  const at::Tensor u = input.contiguous();
  at::Tensor y = at::empty_like(u);
  if (u.numel() > 0) {
    SignedSoftmaxRows<<<static_cast<unsigned>(u.size(0)), kThreads, 0,
                        c10::cuda::getCurrentCUDAStream()>>>(
        u.const_data_ptr<float>(), y.mutable_data_ptr<float>(), static_cast<int>(u.size(1)),
        static_cast<float>(t));
    const cudaError_t failed = cudaGetLastError();
    TORCH_CHECK(failed == cudaSuccess, "signed_softmax: ", cudaGetErrorString(failed));
  }
  return {y, at::mul(y, u).sum(0)};
}

}  // namespace
}  // namespace plasticity::kernels

TORCH_LIBRARY_IMPL(plasticity, CUDA, library) {
  library.impl("signed_softmax", &plasticity::kernels::SignedSoftmaxCuda);
}
