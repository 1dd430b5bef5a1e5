#include "tasks/image_loader.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

namespace plasticity {

ImageLoader::ImageLoader(const Dataset& data, bool standardize, at::Device device)
    : data_(data), device_(device), table_(static_cast<std::size_t>(data.channels) * 256) {
  for (std::size_t c = 0; c < static_cast<std::size_t>(data.channels); ++c) {
    for (std::size_t value = 0; value < 256; ++value) {
      const float scaled = static_cast<float>(value) / 255.0f;
      table_[c * 256 + value] = standardize ? (scaled - data.mean[c]) / data.stddev[c] : scaled;
    }
  }
}

at::Tensor ImageLoader::Images(const Split& split, const std::int64_t* indices,
                               std::int64_t count) const {
  const std::int64_t channels = data_.channels, pixels = std::int64_t{data_.height} * data_.width;
  at::Tensor batch =
      at::empty({count, channels, data_.height, data_.width}, at::MemoryFormat::ChannelsLast);
  float* out = batch.mutable_data_ptr<float>();
  at::parallel_for(0, count, 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::uint8_t* image = split.pixels + indices[i] * channels * pixels;
      for (std::int64_t c = 0; c < channels; ++c) {
        const float* table = table_.data() + c * 256;
        float* target = out + i * channels * pixels + c;
        for (std::int64_t p = 0; p < pixels; ++p)
          target[p * channels] = table[image[c * pixels + p]];
      }
    }
  });
  return batch.to(device_);
}

at::Tensor ImageLoader::Labels(const Split& split, const std::int64_t* indices,
                               std::int64_t count) const {
  at::Tensor labels = at::empty({count}, at::kLong);
  for (std::int64_t i = 0; i < count; ++i)
    labels.mutable_data_ptr<std::int64_t>()[i] = split.labels[indices[i]];
  return labels.to(device_);
}

}  // namespace plasticity
