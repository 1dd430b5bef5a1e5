#pragma once

#include <cstdint>

struct CUstream_st;  // cudaStream_t points to one

namespace plasticity {

/// out [n, count] of `features` [m, count], rows `indices` [n], all on the device: the values that
/// dropout keeps (suite/ops/dropout_mask.h) times `scale`, else zero. Returns what went wrong when
/// it was launched; nullptr for nothing.
const char* DropRows(const float* features, const long long* indices, float* out, long long rows,
                     long long count, std::uint32_t threshold, float scale, std::uint64_t key,
                     CUstream_st* stream);

}  // namespace plasticity
