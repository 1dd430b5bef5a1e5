#include "tasks/image_loader.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "suite/base/error.h"
#include "suite/base/text.h"
#include "suite/ops/activations.h"

namespace plasticity {

ImageLoader::ImageLoader(const Dataset& data, InputNormalization normalization, at::Device device)
    : data_(data), device_(device), table_(static_cast<std::size_t>(data.channels) * 256) {
  const bool standardize = normalization == InputNormalization::kStandardize;
  for (std::size_t c = 0; c < static_cast<std::size_t>(data.channels); ++c) {
    for (std::size_t value = 0; value < 256; ++value) {
      const float scaled = static_cast<float>(value) / 255.0f;
      table_[c * 256 + value] = standardize ? (scaled - data.mean[c]) / data.stddev[c] : scaled;
    }
  }
  if (normalization == InputNormalization::kZca) FitWhitening();
}

// Miconi 2021 (HebbGrad_Github.ipynb): C = covariance of normalised images, whitened by C^(-1/2).
// That code divides the covariance by the 3,072 values of an image, not by its 9,000 images, and
// adds 1e-3 to its diagonal; up to a factor that the next normalisation removes, this is the same.
void ImageLoader::FitWhitening() {
  constexpr std::int64_t kImages = 10000, kLargest = 4096, kBatch = 500;
  constexpr double kRidge = 1e-3 * 3072 / 9000;
  const std::int64_t values = data_.image_bytes();
  if (values > kLargest) {
    throw InputError(fmt::format(
        "input = zca whitens images of at most {} values; {}'s have {}. Use standardize.",
        Grouped(kLargest), data_.name, Grouped(values)));
  }
  const std::int64_t count = std::min(kImages, data_.train.count);
  at::Tensor covariance = at::zeros({values, values}, at::TensorOptions().device(device_));
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), 0);
  for (std::int64_t start = 0; start < count; start += kBatch) {
    const std::int64_t some = std::min(kBatch, count - start);
    const at::Tensor x =
        SampleNorm(Images(data_.train, indices.data() + start, some).contiguous().flatten(1));
    covariance.addmm_(x.t(), x);
  }
  covariance /= static_cast<double>(count);
  covariance.diagonal().add_(kRidge);
  const auto [eigenvalues, vectors] = at::linalg_eigh(covariance);
  whitening_ = (vectors * eigenvalues.rsqrt()).mm(vectors.t());
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
  batch = batch.to(device_);
  if (!whitening_.defined()) return batch;
  const at::Tensor white = SampleNorm(batch.contiguous().flatten(1)).mm(whitening_);  // [n, values]
  return white.view(batch.sizes()).contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor ImageLoader::Labels(const Split& split, const std::int64_t* indices,
                               std::int64_t count) const {
  at::Tensor labels = at::empty({count}, at::kLong);
  for (std::int64_t i = 0; i < count; ++i)
    labels.mutable_data_ptr<std::int64_t>()[i] = split.labels[indices[i]];
  return labels.to(device_);
}

}  // namespace plasticity
