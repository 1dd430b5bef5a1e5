#include "tasks/changes/pixels.h"

#include <ATen/ATen.h>

#include "suite/base/error.h"

namespace plasticity {

PixelScale PixelScale::Of(const Dataset& data, const Network& network) {
  if (network.MixesPixels())
    throw InputError("the network's input is zca, which mixes pixels. Use standardize or scale.");
  const bool scaled = network.input() == InputNormalization::kStandardize;
  const at::TensorOptions options = at::TensorOptions().device(network.device());
  const auto channels = static_cast<std::int64_t>(data.mean.size());
  if (!scaled) return {at::zeros({channels, 1, 1}, options), at::ones({channels, 1, 1}, options)};
  return {at::tensor(data.mean).view({-1, 1, 1}).to(network.device()),
          at::tensor(data.stddev).view({-1, 1, 1}).to(network.device())};
}

at::Tensor PixelScale::ToPixels(const at::Tensor& images) const {
  return images * deviation + mean;
}

at::Tensor PixelScale::FromPixels(const at::Tensor& pixels) const {
  return (pixels - mean) / deviation;
}

}  // namespace plasticity
