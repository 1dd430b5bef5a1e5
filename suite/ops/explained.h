#pragma once

#include <ATen/core/Tensor.h>

namespace plasticity {

/// What units explain of their inputs together, by unit: R W [out, in] of activities a [n, out] and
/// weight [out, in], where R = A^T A; `in_order`: its lower triangle, since a unit counts those
/// before it and itself alone. Few samples of many units (FastHebb's dense layer: 64 of 4,096) go
/// through what they reconstruct, A^T (A W), so that R is never built but for blocks of units.
at::Tensor Explained(const at::Tensor& a, const at::Tensor& weight, bool in_order);

}  // namespace plasticity
