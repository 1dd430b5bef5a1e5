#include "tasks/decoders/upsampling.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace plasticity {

UpsamplingDecoder::UpsamplingDecoder(std::array<std::int64_t, 4> channels, std::int64_t map_height,
                                     std::int64_t image_height, std::int64_t image_width,
                                     Stream init, at::Device device, double learning_rate)
    : height_(image_height), width_(image_width) {
  std::int64_t doublings = 0;
  while (doublings < 3 && (map_height << doublings) < image_height) ++doublings;
  std::vector<at::Tensor> trained;
  for (std::size_t i = 0; i < 3; ++i) {
    strides_[i] = static_cast<std::int64_t>(i) >= 3 - doublings ? 2 : 1;
    // PyTorch counts a transposed convolution's fan-in over its outputs.
    const double bound = 1 / std::sqrt(static_cast<double>(channels[i + 1] * 9));
    at::Tensor weight = at::empty({channels[i], channels[i + 1], 3, 3});
    at::Tensor bias = at::empty({channels[i + 1]});
    for (at::Tensor* tensor : {&weight, &bias}) {
      init.FillUniform(tensor->data_ptr<float>(), static_cast<std::size_t>(tensor->numel()), -bound,
                       bound);
      trained.push_back(parameters_[trained.size()] = tensor->to(device));
    }
  }
  optimizer_ = Optimizer({.kind = "adam", .learning_rate = learning_rate}, trained);
}

std::array<std::int64_t, 4> UpsamplingDecoder::ChannelsFor(std::int64_t maps, std::int64_t images) {
  constexpr std::int64_t kLeast = 8;
  return {maps, std::max(kLeast, maps / 3), std::max(kLeast, maps / 6), images};
}

at::Tensor UpsamplingDecoder::Decode(const at::Tensor& maps) const {
  at::Tensor x = maps;
  for (std::size_t i = 0; i < 3; ++i) {
    if (i > 0) x = at::relu(x);
    const std::int64_t stride = strides_[i];
    x = at::conv_transpose2d(x, parameters_[2 * i], parameters_[2 * i + 1], {stride, stride},
                             {1, 1}, {stride - 1, stride - 1});
  }
  if (x.size(2) == height_ && x.size(3) == width_) return x;
  return at::upsample_bilinear2d(x, {height_, width_}, false);
}

at::Tensor UpsamplingDecoder::Learn(const at::Tensor& maps, const at::Tensor& targets,
                                    const Progress& progress) {
  const at::AutoGradMode gradients(true);
  const at::Tensor loss = at::mse_loss(Decode(maps.detach()), targets.detach());
  loss.backward();
  optimizer_.Step(optimizer_.TakeGradients(), progress);
  return loss.detach();
}

void UpsamplingDecoder::Visit(StateVisitor& visitor) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    at::Tensor plain = parameters_[i].detach();  // the same memory
    visitor.Tensor(fmt::format("layer{}.{}", i / 2 + 1, i % 2 == 0 ? "weight" : "bias"), plain);
  }
  optimizer_.Visit(visitor);
}

}  // namespace plasticity
