#pragma once

#include <ATen/core/Tensor.h>

namespace plasticity {

/// a b [m, n] of a [m, k] and b [k, n], as at::mm, gradients too. On AMD processors with AVX-512
/// the MKL within LibTorch keeps to AVX2; there a float32 product that is worth it goes through
/// oneDNN, which does not, and takes half the time (bench/product_bench).
at::Tensor MatrixProduct(const at::Tensor& a, const at::Tensor& b);

/// The same into `product` [m, n], without gradients.
void MatrixProductInto(at::Tensor& product, const at::Tensor& a, const at::Tensor& b);

/// What MatrixProduct does there, wherever it runs: for tests and benchmarks. No gradients.
at::Tensor ProductByOneDnn(const at::Tensor& a, const at::Tensor& b);

}  // namespace plasticity
