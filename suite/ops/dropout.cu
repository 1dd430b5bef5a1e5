// CUDA twin of dropout.cc: a thread a value, which draws its own bits. Without LibTorch's headers;
// dropout_cuda.cc makes the operator of it.
#include "suite/ops/dropout_cuda.h"
#include "suite/ops/dropout_mask.h"

namespace plasticity {
namespace {

constexpr int kThreads = 256;

__global__ void DropRowsKernel(const float* __restrict__ features,
                               const long long* __restrict__ indices, float* __restrict__ out,
                               long long rows, long long count, std::uint32_t threshold,
                               float scale, std::uint64_t key) {
  const long long values = rows * count;
  const long long stride = static_cast<long long>(gridDim.x) * kThreads;
  for (long long i = static_cast<long long>(blockIdx.x) * kThreads + threadIdx.x; i < values;
       i += stride) {
    const long long row = i / count, column = i % count;
    const bool kept = IsKept(threshold, key, DropoutPosition(row, count), column);
    out[i] = kept ? features[indices[row] * count + column] * scale : 0.0f;
  }
}

}  // namespace

const char* DropRows(const float* features, const long long* indices, float* out, long long rows,
                     long long count, std::uint32_t threshold, float scale, std::uint64_t key,
                     CUstream_st* stream) {
  constexpr long long kMostBlocks = 65535;
  const long long blocks = (rows * count + kThreads - 1) / kThreads;
  DropRowsKernel<<<static_cast<unsigned>(blocks < kMostBlocks ? blocks : kMostBlocks), kThreads, 0,
                   stream>>>(features, indices, out, rows, count, threshold, scale, key);
  const cudaError_t failed = cudaGetLastError();
  return failed == cudaSuccess ? nullptr : cudaGetErrorString(failed);
}

}  // namespace plasticity
