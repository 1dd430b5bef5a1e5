#include "suite/engine/loader.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "suite/base/error.h"
#include "suite/base/text.h"
#include "suite/ops/activations.h"

namespace plasticity {

Loader::Loader(const Dataset& data, InputNormalization normalization, at::Device device,
               at::MemoryFormat format)
    : device_(device),
      format_(format),
      table_(static_cast<std::size_t>(data.shape.channels) * 256) {
  const bool standardize = normalization == InputNormalization::kStandardize;
  for (std::size_t c = 0; c < static_cast<std::size_t>(data.shape.channels); ++c) {
    for (std::size_t value = 0; value < 256; ++value) {
      const float scaled = static_cast<float>(value) / 255.0f;
      table_[c * 256 + value] = standardize ? (scaled - data.mean[c]) / data.stddev[c] : scaled;
    }
  }
  const bool by_pixel = normalization == InputNormalization::kZcaPixels;
  if (by_pixel || normalization == InputNormalization::kZca) FitWhitening(data, by_pixel);
}

// C = covariance of normalised images, whitened by C^(-1/2).
// Of each image: Miconi 2021 (HebbGrad_Github.ipynb). That code divides the covariance by the 3,072
// values of an image, not by its 9,000 images, and adds 1e-3 to its diagonal; up to a factor that
// the next normalisation removes, this is the same.
// Of each value over the images: Jimenez Nimmo & Mondragon 2025 (data.py), 1e-3 added to deviations
// and diagonal. That code looks at all images, the test's too.
void Loader::FitWhitening(const Dataset& data, bool by_pixel) {
  constexpr std::int64_t kImages = 10000, kLargest = 4096, kBatch = 500;
  constexpr double kSmall = 1e-3;
  const std::int64_t values = data.shape.bytes();
  if (values > kLargest) {
    throw InputError(fmt::format(
        "input = zca whitens images of at most {} values; {}'s have {}. Use standardize.",
        Grouped(kLargest), data.name, Grouped(values)));
  }
  const Samples train = First(AllOf(data.train), kImages);
  const auto count = static_cast<double>(train.size());
  const auto each = [&](const std::function<void(const at::Tensor& flat)>& look) {
    train.images->Expect(train.index);
    for (std::int64_t start = 0; start < train.size(); start += kBatch) {
      const std::int64_t end = std::min(start + kBatch, train.size());
      look(LoadRange(train, start, end).images.contiguous().flatten(1));
    }
  };
  if (by_pixel) {
    const auto options = at::TensorOptions().device(device_).dtype(at::kDouble);
    at::Tensor sum = at::zeros({values}, options), squares = at::zeros({values}, options);
    each([&](const at::Tensor& flat) {
      sum += flat.sum(0, false, at::kDouble);
      squares += flat.to(at::kDouble).square().sum(0);
    });
    const at::Tensor variance = (squares - sum.square() / count) / std::max(1.0, count - 1);
    mean_ = (sum / count).to(at::kFloat);
    scale_ = 1 / (variance.clamp_min(0).sqrt() + kSmall).to(at::kFloat);
  }
  at::Tensor covariance = at::zeros({values, values}, at::TensorOptions().device(device_));
  each([&](const at::Tensor& flat) {
    const at::Tensor x = Centred(flat);
    covariance.addmm_(x.t(), x);
  });
  covariance /= count;
  covariance.diagonal().add_(by_pixel ? kSmall : kSmall * 3072 / 9000);
  const auto [eigenvalues, vectors] = at::linalg_eigh(covariance);
  whitening_ = (vectors * eigenvalues.rsqrt()).mm(vectors.t());
}

at::Tensor Loader::Centred(const at::Tensor& images) const {
  return mean_.defined() ? (images - mean_) * scale_ : SampleNorm(images);
}

at::Tensor Loader::Images(const ImageSource& source, const std::vector<std::int64_t>& index) const {
  const auto count = static_cast<std::int64_t>(index.size());
  const std::int64_t channels = source.shape().channels, bytes = source.shape().bytes();
  const std::int64_t pixels = bytes / channels;
  // Pinned memory travels to a GPU while the step before it computes.
  at::Tensor batch = at::empty({count, channels, source.shape().height, source.shape().width},
                               at::TensorOptions().pinned_memory(device_.is_cuda()), format_);
  const bool channels_last = format_ == at::MemoryFormat::ChannelsLast;
  const std::int64_t apart = channels_last ? channels : 1;  // of a channel's pixels
  float* out = batch.mutable_data_ptr<float>();
  const std::uint8_t* mapped = source.Mapped();
  at::parallel_for(0, count, 64, [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::uint8_t> decoded(static_cast<std::size_t>(mapped == nullptr ? bytes : 0));
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t place = index[static_cast<std::size_t>(i)];
      if (mapped == nullptr) source.Decode(place, decoded.data());
      const std::uint8_t* image = mapped == nullptr ? decoded.data() : mapped + place * bytes;
      for (std::int64_t c = 0; c < channels; ++c) {
        const float* table = table_.data() + c * 256;
        float* target = out + i * bytes + (channels_last ? c : c * pixels);
        for (std::int64_t p = 0; p < pixels; ++p) target[p * apart] = table[image[c * pixels + p]];
      }
    }
  });
  batch = batch.to(device_, /*non_blocking=*/true);
  if (!whitening_.defined()) return batch;
  const at::Tensor white = Centred(batch.contiguous().flatten(1)).mm(whitening_);  // [n, values]
  return white.view(batch.sizes()).contiguous(format_);
}

Batch Loader::Load(const Samples& samples, const std::int64_t* positions,
                   std::int64_t count) const {
  std::vector<std::int64_t> index, label;
  for (std::int64_t i = 0; i < count; ++i) {
    index.push_back(samples.index[static_cast<std::size_t>(positions[i])]);
    label.push_back(samples.label[static_cast<std::size_t>(positions[i])]);
  }
  Batch batch{.images = Images(*samples.images, index),
              .labels = at::tensor(label, at::kLong).to(device_),
              .ids = at::tensor(index, at::kLong).to(device_)};
  if (samples.candidates.defined()) {
    const bool each = samples.candidates.dim() == 2;
    batch.candidates =
        (each ? samples.candidates.index_select(0, at::tensor(at::ArrayRef<std::int64_t>(
                                                       positions, static_cast<std::size_t>(count))))
              : samples.candidates)
            .to(device_);
  }
  return batch;
}

void Loader::Expect(const Samples& samples, const std::int64_t* positions,
                    std::int64_t count) const {
  if (samples.images->Mapped() != nullptr) return;
  std::vector<std::int64_t> index;
  index.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i)
    index.push_back(samples.index[static_cast<std::size_t>(positions[i])]);
  samples.images->Expect(index);
}

Batch Loader::LoadRange(const Samples& samples, std::int64_t from, std::int64_t to) const {
  std::vector<std::int64_t> positions(static_cast<std::size_t>(to - from));
  std::iota(positions.begin(), positions.end(), from);
  return Load(samples, positions.data(), to - from);
}

}  // namespace plasticity
