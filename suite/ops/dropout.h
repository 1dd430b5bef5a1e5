#pragma once

#include <ATen/core/Tensor.h>

#include "suite/streams.h"

namespace plasticity {

/// Rows `indices` [n] of `features` [m, count], each value kept with probability 1 - p and scaled
/// by 1 / (1 - p), else zero: [n, count]. The mask depends on the stream alone, on every device. p
/// = 0 only gathers.
at::Tensor GatherWithDropout(const at::Tensor& features, const at::Tensor& indices, double p,
                             const Stream& stream);

}  // namespace plasticity
