#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

namespace plasticity {

/// The gradient of a dense layer's weight as its two factors, errors^T inputs, until the step is
/// taken. With few images a batch they are a small part of the gradient (10 of 3072 inputs and
/// 256 units: a twenty-fourth), which then is neither written nor read.
struct FactoredGradient {
  bool wanted = false;  ///< whether it is to be kept here, instead of in the weight's grad()
  at::Tensor errors;    ///< [n, out]; undefined: none yet
  at::Tensor inputs;    ///< [n, in]

  /// Whether it is wanted, and n images are few enough for `weight` [out, in].
  bool Takes(const at::Tensor& weight, std::int64_t n) const;
  /// Adds a batch's factors.
  void Add(const at::Tensor& more_errors, const at::Tensor& more_inputs);
  /// Forgets them.
  void Clear() { errors = inputs = at::Tensor(); }
};

/// x W^T + b [n, out] of x [n, in], as at::linear; its backward pass leaves the weight's gradient
/// in `gradient` where that takes it. bias and gradient may be undefined.
at::Tensor Dense(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                 const std::shared_ptr<FactoredGradient>& gradient);

}  // namespace plasticity
