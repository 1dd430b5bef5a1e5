#pragma once

#include <memory>
#include <string>
#include <vector>

#include "suite/samples.h"
#include "suite/streams.h"

namespace plasticity {

/// A corruption of CIFAR-10-C or Tiny-ImageNet-C: a name and the constants of a severity. Source:
/// Hendrycks & Dietterich 2019 (arXiv 1903.12261), code hendrycks/robustness (make_cifar_c.py,
/// make_tinyimagenet_c.py), whose formulas and constants are followed, and which cuts to 8 bits
/// instead of rounding. Differs: Tiny-ImageNet-C's images are kept as they are, not as JPEG files;
/// noise comes from a stream of each image's own.
struct Corruption {
  std::string name;               ///< one of Corruptions()
  std::vector<double> constants;  ///< as in the source
};

/// The random numbers that noise is made of, one a value; empty where a corruption needs none.
struct NoiseDraws {
  std::vector<double> normal;   ///< standard normal, of gaussian_noise
  std::vector<double> photons;  ///< Poisson with mean value * constant, of shot_noise
  std::vector<double> flips;    ///< uniform, of impulse_noise: flipped where at most the constant
  std::vector<double> salt;     ///< uniform, of impulse_noise: to white where at most 0.5
};

/// The names that images of so many channels can have: gaussian_noise, shot_noise, impulse_noise,
/// gaussian_blur, defocus_blur, contrast, brightness, saturate (colour only), pixelate,
/// jpeg_compression.
std::vector<std::string> Corruptions(int channels);

/// `name` at severity 1 to 5, with Tiny-ImageNet-C's constants for images of 64 pixels or more and
/// CIFAR-10-C's for smaller ones.
Corruption CorruptionOf(const std::string& name, int severity, const ImageShape& shape);

/// The kernel of defocus_blur, [17 * 17]: a disk of `radius`, blurred by a Gaussian of deviation
/// `alias` over 3 x 3.
std::vector<double> DefocusKernel(double radius, double alias);

/// The corrupted image before it is cut to 8 bits, [channels * height * width], values 0 to 255.
std::vector<double> Corrupted(const Corruption& corruption, const ImageShape& shape,
                              const std::uint8_t* pixels, const NoiseDraws& draws);

/// The corruption as a change of samples; its noise comes from `streams`, by the image's place.
std::shared_ptr<const ImageChange> MakeChange(const Corruption& corruption, const Streams& streams);

}  // namespace plasticity
