#pragma once

#include <ATen/core/Tensor.h>

#include "suite/base/image_source.h"
#include "suite/network.h"

namespace plasticity {

/// Between what a network is shown and pixels from 0 (black) to 1 (white).
struct PixelScale {
  at::Tensor mean;       ///< [channels, 1, 1]
  at::Tensor deviation;  ///< [channels, 1, 1]

  /// As `network` sees the images of `data`. Throws InputError for input = zca, which mixes pixels.
  static PixelScale Of(const Dataset& data, const Network& network);

  /// Pixels of normalised images.
  at::Tensor ToPixels(const at::Tensor& images) const;
  /// Normalised images of pixels.
  at::Tensor FromPixels(const at::Tensor& pixels) const;
};

}  // namespace plasticity
