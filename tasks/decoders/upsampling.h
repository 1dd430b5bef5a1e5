#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>

#include "suite/batch.h"
#include "suite/optimizer.h"
#include "suite/state.h"
#include "suite/streams.h"

namespace plasticity {

/// Three transposed convolutions of 3 x 3 with ReLU between, from maps back to images. Source:
/// SPHeRe's reconstruction/run.py (UpsampleDecoder and its loop: Adam 1e-3, mean squared error),
/// whose 1536 -> 512 -> 256 -> 3 channels become c -> c/3 -> c/6 -> 3 here. Differs: a layer
/// doubles height and width only as often as maps are smaller than images, the last ones first;
/// there they all do.
class UpsamplingDecoder {
 public:
  /// Maps [n, channels[0], height, width] through so many channels to images of image_height x
  /// image_width. Weights are PyTorch's default, drawn from `init`.
  UpsamplingDecoder(std::array<std::int64_t, 4> channels, std::int64_t map_height,
                    std::int64_t image_height, std::int64_t image_width, Stream init,
                    at::Device device, double learning_rate);
  /// The channels that it has for maps of `maps` channels and images of `images`.
  static std::array<std::int64_t, 4> ChannelsFor(std::int64_t maps, std::int64_t images);

  /// Images [n, channels[3], h, w] of maps; unbounded.
  at::Tensor Decode(const at::Tensor& maps) const;
  /// One step towards `targets`; the loss before it.
  at::Tensor Learn(const at::Tensor& maps, const at::Tensor& targets, const Progress& progress);
  /// Weights and the optimiser's state.
  void Visit(StateVisitor& visitor);

  /// Weight and bias of each layer, in order: [in, out, 3, 3] and [out].
  std::array<at::Tensor, 6>& parameters() { return parameters_; }

 private:
  std::array<at::Tensor, 6> parameters_;
  std::array<std::int64_t, 3> strides_{};
  std::int64_t height_ = 0;
  std::int64_t width_ = 0;
  Optimizer optimizer_;
};

}  // namespace plasticity
