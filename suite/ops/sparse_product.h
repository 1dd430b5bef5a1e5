#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace plasticity {

/// Whether so few entries of `rows` [n, out] are not 0 (one in 16 at most: winners take all, ranked
/// units) that SparseTransposedProduct is the faster way. False for what it does not take: anything
/// but float32 on the CPU.
bool IsSparse(const at::Tensor& rows);

/// rows^T x [out, in] of rows [n, out] and x [n, in]: each entry that is not 0 adds its row of x.
at::Tensor SparseTransposedProduct(const at::Tensor& rows, const at::Tensor& x);

/// ConvolutionWeightGradient in the same way: each entry that is not 0 adds its patch.
at::Tensor SparseConvolutionWeightGradient(const at::Tensor& padded, const at::Tensor& rows,
                                           const at::Tensor& weight, std::int64_t stride);

}  // namespace plasticity
