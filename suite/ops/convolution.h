#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "suite/ops/precision.h"

namespace plasticity {

/// [n, out, h, w] or [n, out] as rows [n * h * w, out]; no copy for channels-last memory.
at::Tensor UnitRows(const at::Tensor& activation);

/// The weight gradient of a convolution without padding: sum over images and positions of rows^T
/// times the input patch there, shaped as `weight` [out, in, kernel, kernel]. `padded` [n, in, h,
/// w] is what the convolution saw; `rows` [n * positions, out] the output's gradient (or a Hebbian
/// rule's post-synaptic factor). Of weight only the shape counts. Patches are never built.
at::Tensor ConvolutionWeightGradient(const at::Tensor& padded, const at::Tensor& rows,
                                     const at::Tensor& weight, std::int64_t stride,
                                     Precision precision = Precision::kFloat32);

/// The gradient at the input x [n, in, h, w] of such a convolution by weight [out, in, kernel,
/// kernel], where `gradient` [n, out, height, width] is that of its output. Of x only the shape
/// counts.
at::Tensor ConvolutionInputGradient(const at::Tensor& gradient, const at::Tensor& x,
                                    const at::Tensor& weight, std::int64_t stride,
                                    Precision precision = Precision::kFloat32);

/// at::conv2d without padding whose backward pass is these two. x [n, in, h, w],
/// bias may be undefined.
at::Tensor Convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                       std::int64_t stride, Precision precision = Precision::kFloat32);

}  // namespace plasticity
