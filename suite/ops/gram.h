#pragma once

#include <ATen/core/Tensor.h>

namespace plasticity {

/// Cosine similarities between the rows of x [n, ...], flattened: [n, n]. A row of zeros stays one.
/// Source: SPHeRe, main.py, normal_kernel.
at::Tensor CosineGram(const at::Tensor& x);

/// SPHeRe's structural loss: mean over [n, n] of (CosineGram(x) - CosineGram(y))^2; scalar.
at::Tensor StructureLoss(const at::Tensor& x, const at::Tensor& y);

/// SPHeRe's orthogonality loss: mean over [p, p] of (cosines between the columns of y [n, p] -
/// identity)^2; scalar.
at::Tensor OrthogonalityLoss(const at::Tensor& y);

}  // namespace plasticity
