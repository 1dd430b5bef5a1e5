#pragma once

#include <ATen/core/Tensor.h>

namespace plasticity {

/// What products are computed in. Sums, weights and everything else stay float32.
enum class Precision { kFloat32, kBfloat16 };

/// Whether bfloat16 numbers are best multiplied as what they are there: on a CPU with tiles for it,
/// or a GPU. Elsewhere float32 convolutions that multiply less (suite/ops/winograd) are faster.
bool MultipliesBfloat16Best(const at::Tensor& factor);

/// The tensor's numbers rounded to bfloat16, for a product to take; gradients are rounded, too. On
/// a CPU without AVX-512, where LibTorch multiplies bfloat16 number by number, they are float32
/// numbers again: a product of two has 16 bits and is exact in float32. Undefined: it stays so.
at::Tensor Narrow(const at::Tensor& factor);

/// What such a product gave, rounded to bfloat16 as LibTorch's is, in float32.
at::Tensor Widen(const at::Tensor& product);

/// The tensor's numbers rounded to bfloat16, in float32, wherever it runs.
at::Tensor RoundToBfloat16(const at::Tensor& factor);

/// product(factors...), computed in that precision.
template <typename Product, typename... Factors>
at::Tensor Multiplied(Precision precision, const Product& product, const Factors&... factors) {
  if (precision == Precision::kFloat32) return product(factors...);
  return Widen(product(Narrow(factors)...));
}

}  // namespace plasticity
