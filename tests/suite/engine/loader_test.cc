#include "suite/engine/loader.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>

#include "suite/base/error.h"
#include "suite/streams.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

constexpr std::int64_t kCount = 2000;

// Images whose neighbouring pixels are alike, as photographs' are; decoded one by one where
// `mapped` is false.
class Correlated final : public ImageSource {
 public:
  Correlated(int side, bool mapped)
      : ImageSource({.channels = 3, .height = side, .width = side}, kCount),
        mapped_(mapped),
        pixels_(static_cast<std::size_t>(kCount * shape().bytes())) {
    Stream stream(1);
    double last = 0;
    for (std::uint8_t& pixel : pixels_) {
      last = 0.9 * last + 60 * (stream.Uniform() - 0.5);
      pixel = static_cast<std::uint8_t>(std::clamp(128 + last, 0.0, 255.0));
    }
  }

  std::int64_t Label(std::int64_t index) const override { return index % 7; }
  void Decode(std::int64_t index, std::uint8_t* pixels) const override {
    std::copy_n(pixels_.data() + index * shape().bytes(), shape().bytes(), pixels);
  }
  const std::uint8_t* Mapped() const override { return mapped_ ? pixels_.data() : nullptr; }
  std::uint8_t pixel(std::size_t place) const { return pixels_[place]; }

 private:
  bool mapped_;
  std::vector<std::uint8_t> pixels_;
};

Dataset Data(int side, bool mapped = true) {
  Dataset set;
  set.name = "correlated";
  set.train = set.test = std::make_shared<Correlated>(side, mapped);
  set.shape = set.train->shape();
  set.mean = {0.5f, 0.5f, 0.5f};
  set.stddev = {0.25f, 0.25f, 0.25f};
  return set;
}

// Mean absolute covariance of different pixels, over their mean variance.
double Correlation(const at::Tensor& images) {
  const at::Tensor x = images.contiguous().flatten(1);
  const at::Tensor covariance = x.t().mm(x) / static_cast<double>(x.size(0));
  const at::Tensor variance = covariance.diagonal().clone();
  const double off = (covariance.abs().sum() - variance.sum()).item<double>() /
                     static_cast<double>(covariance.numel() - variance.numel());
  return off / variance.mean().item<double>();
}

TEST_CASE("pixels are scaled or standardised") {
  const Dataset data = Data(4);
  const Samples samples = AllOf(data.train);
  const Loader scale(data, InputNormalization::kScale, at::kCPU);
  const Loader standardize(data, InputNormalization::kStandardize, at::kCPU);
  const std::vector<std::int64_t> positions = {3, 1};
  const at::Tensor scaled = scale.Load(samples, positions.data(), 2).images;
  const auto& source = dynamic_cast<const Correlated&>(*data.train);
  CHECK(scaled[1][2][3][0].item<float>() == source.pixel(1 * 48 + 2 * 16 + 3 * 4) / 255.0f);
  CHECK(at::allclose(standardize.Load(samples, positions.data(), 2).images, (scaled - 0.5) / 0.25));
}

TEST_CASE("images lie in memory as they are asked for") {
  const InputNormalization normalization =
      GENERATE(InputNormalization::kStandardize, InputNormalization::kZca);
  const Dataset data = Data(4);
  const Samples samples = AllOf(data.train);
  const auto images = [&](at::MemoryFormat format) {
    return Loader(data, normalization, at::kCPU, format).LoadRange(samples, 0, 5).images;
  };
  const at::Tensor last = images(at::MemoryFormat::ChannelsLast);
  const at::Tensor first = images(at::MemoryFormat::Contiguous);
  CHECK(at::equal(last, first));
  CHECK(last.is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(first.is_contiguous());
}

TEST_CASE("a batch has the samples' labels, candidates and places") {
  const Dataset data = Data(4);
  Samples samples = Relabelled(Slice(AllOf(data.train), 10, 20), {6, 5, 4, 3, 2, 1, 0});
  samples.candidates = at::ones({7}, at::kBool);
  const Loader loader(data, InputNormalization::kScale, at::kCPU);
  const Batch batch = loader.LoadRange(samples, 1, 4);
  CHECK(at::equal(batch.ids, at::tensor({11, 12, 13}, at::kLong)));
  CHECK(at::equal(batch.labels, at::tensor({2, 1, 0}, at::kLong)));
  CHECK(at::equal(batch.candidates, samples.candidates));
  samples.candidates = at::eye(10, at::kFloat).slice(1, 0, 7).to(at::kBool);
  CHECK(at::equal(loader.LoadRange(samples, 1, 4).candidates, samples.candidates.slice(0, 1, 4)));
}

TEST_CASE("images that must be decoded give what mapped ones give") {
  const Dataset mapped = Data(4), decoded = Data(4, false);
  const Loader of_mapped(mapped, InputNormalization::kStandardize, at::kCPU);
  const Loader of_decoded(decoded, InputNormalization::kStandardize, at::kCPU);
  CHECK(at::equal(of_mapped.LoadRange(AllOf(mapped.train), 0, 200).images,
                  of_decoded.LoadRange(AllOf(decoded.train), 0, 200).images));
}

TEST_CASE("whitened images have uncorrelated pixels and keep their shape") {
  const Dataset data = Data(4);
  const Samples samples = AllOf(data.train);
  const Loader plain(data, InputNormalization::kStandardize, at::kCPU);
  const Loader white(data, InputNormalization::kZca, at::kCPU);
  const at::Tensor images = white.LoadRange(samples, 0, kCount).images;
  CHECK(images.sizes() == at::IntArrayRef({kCount, 3, 4, 4}));
  CHECK(Correlation(plain.LoadRange(samples, 0, kCount).images) > 0.1);
  // Images without their mean are uncorrelated up to -1 / (pixels - 1).
  CHECK(Correlation(images) < 1.1 / 47);
  CHECK(at::allclose(white.LoadRange(samples, 0, 5).images, images.slice(0, 0, 5), 1e-4, 1e-5));
}

TEST_CASE("pixels that are standardised over the images and whitened are uncorrelated, each of 1") {
  const Dataset data = Data(4);
  const Samples samples = AllOf(data.train);
  const Loader white(data, InputNormalization::kZcaPixels, at::kCPU);
  const at::Tensor images = white.LoadRange(samples, 0, kCount).images;
  CHECK(Correlation(images) < 1e-3);
  const at::Tensor flat = images.contiguous().flatten(1);
  CHECK(flat.mean(0).abs().max().item<float>() < 1e-4);
  CHECK(at::allclose(flat.std(0), at::ones({48}), 0.1, 0));  // but for what is added to variances
  CHECK(at::allclose(white.LoadRange(samples, 0, 5).images, images.slice(0, 0, 5), 1e-4, 1e-5));
}

TEST_CASE("images too large to whiten are refused in one line") {
  CHECK_THROWS_AS(Loader(Data(40), InputNormalization::kZca, at::kCPU), InputError);
}

}  // namespace
}  // namespace plasticity
