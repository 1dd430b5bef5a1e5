#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "suite/batch.h"
#include "suite/network.h"
#include "suite/samples.h"

namespace plasticity {

/// Turns samples into batches of normalised float images on a device.
class Loader {
 public:
  /// Statistics are those of the data set's training split. Whitening is fitted on its first 10,000
  /// images, and throws InputError for images of more than 4,096 values. `format` is how images lie
  /// in memory (Network::input_format).
  Loader(const Dataset& data, InputNormalization normalization, at::Device device,
         at::MemoryFormat format = at::MemoryFormat::ChannelsLast);

  /// The samples at `positions`: images [n, c, h, w] float32; labels, candidates and ids.
  Batch Load(const Samples& samples, const std::int64_t* positions, std::int64_t count) const;
  /// Says that the samples at `positions` are loaded next, in this order, so that their images may
  /// be decoded ahead.
  void Expect(const Samples& samples, const std::int64_t* positions, std::int64_t count) const;
  /// Samples `from` to `to` - 1.
  Batch LoadRange(const Samples& samples, std::int64_t from, std::int64_t to) const;

 private:
  at::Tensor Images(const ImageSource& source, const std::vector<std::int64_t>& index) const;
  void FitWhitening(const Dataset& data, bool by_pixel);
  at::Tensor Centred(const at::Tensor& images) const;  // [n, values], ready to be whitened

  at::Device device_;
  at::MemoryFormat format_;
  std::vector<float> table_;  // [channels, 256]: the float of every pixel value
  at::Tensor whitening_;      // [values, values], or undefined
  at::Tensor mean_, scale_;   // [values] each, or undefined: each image has its own
};

}  // namespace plasticity
