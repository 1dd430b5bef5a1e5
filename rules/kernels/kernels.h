#pragma once

#include <ATen/core/Tensor.h>

#include <utility>

// Fused operators of rules, one for the CPU and a CUDA twin each, called through LibTorch's
// dispatcher. The CUDA twins live in libplasticity_cuda.so, which the program loads where a driver
// answers.
namespace plasticity::kernels {

/// SoftHebb's post-synaptic factor and decay. u [n, out], t the inverse temperature: y = softmax(t
/// u) over units, its sign turned for every unit but the winner (the first largest u). Returns y
/// [n, out] and sum over n of y u [out].
std::pair<at::Tensor, at::Tensor> SignedSoftmax(const at::Tensor& u, double t);

}  // namespace plasticity::kernels
