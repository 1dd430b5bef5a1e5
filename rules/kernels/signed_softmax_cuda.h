#pragma once

struct CUstream_st;  // cudaStream_t points to one

namespace plasticity::kernels {

/// y [rows, out] of u [rows, out], both on the device: softmax(t u) by row, negated for all but the
/// first of the largest. Returns what went wrong when it was launched; nullptr for nothing.
const char* SignedSoftmaxRows(const float* u, float* y, long long rows, int out, float t,
                              CUstream_st* stream);

}  // namespace plasticity::kernels
