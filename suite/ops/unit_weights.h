#pragma once

#include <ATen/core/Tensor.h>

namespace plasticity {

/// Per-unit values [out] shaped to multiply a weight [out, in, ...].
at::Tensor PerUnit(const at::Tensor& values, const at::Tensor& weight);

/// A weight [out, in, ...] as [out, all others], in the order in which they lie where that needs no
/// copy: for sums over a unit's weights.
at::Tensor AsItLies(const at::Tensor& weight);

/// Such rows, of a weight's numbers in that order, in its shape.
at::Tensor ShapedAs(const at::Tensor& weight, const at::Tensor& rows);

/// The p-norm of each unit's weights [out, in, ...]: [out].
at::Tensor UnitNorms(const at::Tensor& weight, double p = 2);

}  // namespace plasticity
