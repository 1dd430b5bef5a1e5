#pragma once

#include <ATen/core/Tensor.h>

namespace plasticity {

/// The Hebbian change in the form that FastHebb (arXiv 2207.03172) makes fast: for every unit and
/// every sample the difference between the input and its reconstruction, then their sum,
///
///   dw_i = sum_n gate_ni (x_n - xhat_ni),   xhat_ni = w_i, or sum_{k <= i} y_nk w_k.
///
/// Built as tensors [n, units, in], for as many units at a time as fit into 256 MB. Equal to the
/// merged form up to rounding; kept so that the speed-up can be measured.
/// x [n, in], weight [out, in], gate [n, out]; y [n, out] asks for the second reconstruction, which
/// an undefined y leaves out.
at::Tensor NaiveUpdate(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& gate,
                       const at::Tensor& y);

}  // namespace plasticity
