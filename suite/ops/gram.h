#pragma once

#include <ATen/core/Tensor.h>

namespace plasticity {

/// Cosine similarities between the rows of x [n, ...], flattened: [n, n]. A row of zeros stays one.
/// Source: SPHeRe, main.py, normal_kernel.
at::Tensor CosineGram(const at::Tensor& x);

}  // namespace plasticity
