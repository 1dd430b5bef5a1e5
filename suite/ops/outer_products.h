#pragma once

#include <ATen/core/Tensor.h>

namespace plasticity {

/// weight [out, in] = keep weight + factor errors^T inputs, in place, of errors [n, out] and inputs
/// [n, in]: what descent along a gradient in factors is. For few images on the CPU each row of the
/// weight is read and written once, where a matrix product is made for many.
void AddOuterProducts(const at::Tensor& weight, const at::Tensor& errors, const at::Tensor& inputs,
                      double keep, double factor);

}  // namespace plasticity
