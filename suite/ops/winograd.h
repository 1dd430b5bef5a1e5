#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "suite/ops/precision.h"

namespace plasticity {

// Convolutions of 3 x 3 kernels with a step of 1 by Winograd's minimal filtering F(4 x 4, 3 x 3):
// of each tile of 6 x 6 pixels 36 products make 4 x 4 outputs, where the direct way has 144.
// Float32 on the CPU, channels last. Sums are off by some 1e-6 of their size, two to five times
// what float32 loses by the direct way (bench/hebbian_bench). Source: Lavin & Gray, "Fast
// algorithms for convolutional neural networks", CVPR 2016 (arXiv 1509.09308), equations 7 to 9.
// In bfloat16 what they take is rounded to it as it is read, and what they give as it is written;
// between, all is float32.

/// Whether they are faster for this convolution of x [n, in, h, w], without padding: of kernels
/// like that, with enough channels for the products saved to be more than the tiles cost. In
/// bfloat16: where nothing multiplies that best.
bool WinogradHelps(const at::Tensor& x, const at::Tensor& weight, std::int64_t stride,
                   Precision precision = Precision::kFloat32);

/// at::conv2d of x [n, in, h, w], with `margin` zeros around, and weight [out, in, 3, 3]: [n, out,
/// h + 2 margin - 2, w + 2 margin - 2]. bias [out] may be undefined. No gradients.
at::Tensor WinogradConvolution(const at::Tensor& x, const at::Tensor& weight,
                               const at::Tensor& bias, std::int64_t margin = 0,
                               Precision precision = Precision::kFloat32);

/// The gradient of its weight, without margin, [out, in, 3, 3], where rows [n * (h - 2) * (w - 2),
/// out] is that of its output: F(3 x 3, 4 x 4).
at::Tensor WinogradWeightGradient(const at::Tensor& x, const at::Tensor& rows,
                                  Precision precision = Precision::kFloat32);

}  // namespace plasticity
