#pragma once

#include <ATen/core/Tensor.h>

namespace plasticity {

/// How far images are from what they should be: [n] float64, one value an image, of images [n, c,
/// h, w] with values 0 to 1. Values outside count as they are.
at::Tensor MeanSquaredError(const at::Tensor& images, const at::Tensor& targets);

/// Peak signal-to-noise ratio, 10 log10(1 / MSE), in dB: [n]; infinite where images are equal.
at::Tensor PeakSignalToNoise(const at::Tensor& images, const at::Tensor& targets);

/// Structural similarity of Wang et al. 2004: windows of 11 x 11 weighted by a Gaussian of
/// deviation 1.5, population covariance, C1 = 0.01^2, C2 = 0.03^2; the mean where the window fits
/// in whole, of each channel, then over channels: [n]. NaN for images smaller than the window.
at::Tensor StructuralSimilarity(const at::Tensor& images, const at::Tensor& targets);

}  // namespace plasticity
