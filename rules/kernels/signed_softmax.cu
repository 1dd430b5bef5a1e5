// CUDA twin of signed_softmax.cc: a block of threads per row computes the softmax, the winner and
// the signs in one pass over shared memory. Without LibTorch's headers, which nvcc reads for a
// minute; signed_softmax_cuda.cc makes the operator of it.
#include <cub/block/block_reduce.cuh>

#include "rules/kernels/signed_softmax_cuda.h"

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

__global__ void SignedSoftmaxKernel(const float* __restrict__ u, float* __restrict__ y, int out,
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

}  // namespace

const char* SignedSoftmaxRows(const float* u, float* y, long long rows, int out, float t,
                              CUstream_st* stream) {
  SignedSoftmaxKernel<<<static_cast<unsigned>(rows), kThreads, 0, stream>>>(u, y, out, t);
  const cudaError_t failed = cudaGetLastError();
  return failed == cudaSuccess ? nullptr : cudaGetErrorString(failed);
}

}  // namespace plasticity::kernels
