#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "suite/network.h"
#include "tasks/data/dataset.h"

namespace plasticity {

/// Turns uint8 images of a split into normalised float batches on a device.
class ImageLoader {
 public:
  /// Statistics are the training split's. Whitening is fitted on its first 10,000 images, and
  /// throws InputError for images of more than 4,096 values.
  ImageLoader(const Dataset& data, InputNormalization normalization, at::Device device);

  /// Images at `indices` of `split`, [n, c, h, w] float32, channels last.
  at::Tensor Images(const Split& split, const std::int64_t* indices, std::int64_t count) const;
  /// Their labels, [n] int64.
  at::Tensor Labels(const Split& split, const std::int64_t* indices, std::int64_t count) const;

 private:
  void FitWhitening();

  const Dataset& data_;
  at::Device device_;
  std::vector<float> table_;  // [channels, 256]: the float of every pixel value
  at::Tensor whitening_;      // [values, values], or undefined
};

}  // namespace plasticity
