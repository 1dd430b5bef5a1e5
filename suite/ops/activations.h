#pragma once

#include <ATen/core/Tensor.h>

namespace plasticity {

/// relu(x)^power, x of any shape.
at::Tensor RectifiedPower(const at::Tensor& x, double power);

/// x [n, channels, ...] less its mean over channels, which counts as a constant for gradients.
at::Tensor CentreChannels(const at::Tensor& x);

/// SoftHebb's Triangle: relu(x - mean over channels)^power, x [n, channels, ...]: RectifiedPower of
/// CentreChannels. Source: Coates, Lee & Ng 2011 for power 1; Journe et al. 2023 for
/// the power.
at::Tensor Triangle(const at::Tensor& x, double power);

/// Each sample of x [n, ...] with mean 0 and standard deviation 1 (of n - 1 degrees of freedom)
/// over all its values; a constant sample becomes 0. Source: Miconi 2021, HebbGrad_Github.ipynb.
at::Tensor SampleNorm(const at::Tensor& x);

/// sign(x) |x|^power, power >= 0: by multiplication where it is a small whole number.
at::Tensor SignedPower(const at::Tensor& x, double power);

}  // namespace plasticity
