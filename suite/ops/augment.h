#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "suite/params.h"
#include "suite/streams.h"

namespace plasticity {

/// How far an image may be changed.
struct Augmentation {
  std::int64_t shift = 4;   ///< moved by up to so many pixels each way; what comes in is mirrored
  bool flip = true;         ///< mirrored left to right, half of the images
  double brightness = 0.4;  ///< moved by up to this part of the image's standard deviation
  double contrast = 0.4;    ///< deviations from the image's mean are scaled by 1 +- up to this

  /// Declares the settings as parameters, with `defaults`.
  static Augmentation Declare(Params& params, const Augmentation& defaults);
};

/// A changed copy of each image [n, c, h, w]. Image i's change follows from the stream and i alone,
/// on every device.
at::Tensor Augment(const at::Tensor& images, const Augmentation& augmentation, Stream stream);

/// Two changed copies of each image, [2n, c, h, w]: all first ones, then all second ones. `draw`
/// (Progress::draw) and `streams` decide on the changes.
at::Tensor TwoViews(const at::Tensor& images, const Augmentation& augmentation,
                    const Streams& streams, std::uint64_t draw);

}  // namespace plasticity
