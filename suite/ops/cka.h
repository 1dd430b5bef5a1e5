#pragma once

#include <ATen/core/Tensor.h>

namespace plasticity {

/// Linear centred kernel alignment of x [n, p] and y [n, q], the same n samples: 0 to 1, whatever
/// the rotation and the scale of either. NaN where one of them is constant. Source: Kornblith et
/// al. 2019 (arXiv 1905.00414), eq. 4 on centred columns.
double LinearCka(const at::Tensor& x, const at::Tensor& y);
/// The same with unbiased estimates (Song et al. 2012), which few samples of many features do not
/// inflate; may be negative, NaN below four samples.
double LinearCkaDebiased(const at::Tensor& x, const at::Tensor& y);

}  // namespace plasticity
