#pragma once

#include <ATen/core/Tensor.h>

namespace plasticity {

/// The tensor's numbers rounded to bfloat16, for a product to take; gradients are rounded, too. On
/// a CPU without AVX-512, where LibTorch multiplies bfloat16 number by number, they are float32
/// numbers again: a product of two has 16 bits and is exact in float32.
at::Tensor Narrow(const at::Tensor& factor);

/// What such a product gave, rounded to bfloat16 as LibTorch's is, in float32.
at::Tensor Widen(const at::Tensor& product);

/// Narrow's float32 numbers, wherever it runs: for tests.
at::Tensor RoundToBfloat16(const at::Tensor& factor);

}  // namespace plasticity
