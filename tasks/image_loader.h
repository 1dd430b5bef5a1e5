#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "tasks/data/dataset.h"

namespace plasticity {

/// Turns uint8 images of a split into normalised float batches on a device.
class ImageLoader {
 public:
  /// `standardize`: (pixel / 255 - mean) / stddev with the train split's channel statistics; else
  /// pixel / 255.
  ImageLoader(const Dataset& data, bool standardize, at::Device device);

  /// Images at `indices` of `split`, [n, c, h, w] float32, channels last.
  at::Tensor Images(const Split& split, const std::int64_t* indices, std::int64_t count) const;
  /// Their labels, [n] int64.
  at::Tensor Labels(const Split& split, const std::int64_t* indices, std::int64_t count) const;

 private:
  const Dataset& data_;
  at::Device device_;
  std::vector<float> table_;  // [channels, 256]: the float of every pixel value
};

}  // namespace plasticity
