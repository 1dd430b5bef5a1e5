#pragma once

#include <ATen/core/Tensor.h>

namespace plasticity {

// A dense layer's products where images are few, on the CPU: each row of the weight is then read
// once, and sums stay in registers, where a library's product is made for many. What they are not
// made for, LibTorch's product does.

/// inputs weight^T [n, out] of inputs [n, in] and weight [out, in]: a layer's responses. No
/// gradients.
at::Tensor Responses(const at::Tensor& inputs, const at::Tensor& weight);

/// weight [out, in] = keep weight + factor errors^T inputs, in place, of errors [n, out] and inputs
/// [n, in], which need not lie in one piece: what descent along a gradient in factors is. Up to 512
/// of them are few.
void AddOuterProducts(const at::Tensor& weight, const at::Tensor& errors, const at::Tensor& inputs,
                      double keep, double factor);

}  // namespace plasticity
