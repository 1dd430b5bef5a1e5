#include "tasks/image_loader.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "suite/base/error.h"
#include "suite/streams.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

// Images whose neighbouring pixels are alike, as photographs' are.
class Correlated final : public Dataset {
 public:
  explicit Correlated(int side) : pixels_(static_cast<std::size_t>(kCount * 3 * side * side)) {
    name = "correlated";
    channels = 3;
    height = width = side;
    mean = {0.5f, 0.5f, 0.5f};
    stddev = {0.25f, 0.25f, 0.25f};
    Stream stream(1);
    double last = 0;
    for (std::uint8_t& pixel : pixels_) {
      last = 0.9 * last + 60 * (stream.Uniform() - 0.5);
      pixel = static_cast<std::uint8_t>(std::clamp(128 + last, 0.0, 255.0));
    }
    labels_.assign(kCount, 0);
    train = test = {pixels_.data(), labels_.data(), kCount};
  }

  static constexpr std::int64_t kCount = 2000;

 private:
  std::vector<std::uint8_t> pixels_;
  std::vector<std::uint16_t> labels_;
};

std::vector<std::int64_t> All() {
  std::vector<std::int64_t> indices(Correlated::kCount);
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
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
  const Correlated data(4);
  const std::vector<std::int64_t> indices = {3, 1};
  const ImageLoader scale(data, InputNormalization::kScale, at::kCPU);
  const ImageLoader standardize(data, InputNormalization::kStandardize, at::kCPU);
  const at::Tensor scaled = scale.Images(data.train, indices.data(), 2);
  CHECK(scaled[1][2][3][0].item<float>() == data.train.pixels[1 * 48 + 2 * 16 + 3 * 4] / 255.0f);
  CHECK(at::allclose(standardize.Images(data.train, indices.data(), 2), (scaled - 0.5) / 0.25));
}

TEST_CASE("whitened images have uncorrelated pixels and keep their shape") {
  const Correlated data(4);
  const std::vector<std::int64_t> indices = All();
  const ImageLoader plain(data, InputNormalization::kStandardize, at::kCPU);
  const ImageLoader white(data, InputNormalization::kZca, at::kCPU);
  const at::Tensor images = white.Images(data.train, indices.data(), Correlated::kCount);
  CHECK(images.sizes() == at::IntArrayRef({Correlated::kCount, 3, 4, 4}));
  CHECK(Correlation(plain.Images(data.train, indices.data(), Correlated::kCount)) > 0.1);
  // Images without their mean are uncorrelated up to -1 / (pixels - 1).
  CHECK(Correlation(images) < 1.1 / 47);
  const at::Tensor few = white.Images(data.train, indices.data(), 5);
  CHECK(at::allclose(few, images.slice(0, 0, 5), 1e-4, 1e-5));
}

TEST_CASE("images too large to whiten are refused in one line") {
  const Correlated data(40);
  CHECK_THROWS_AS(ImageLoader(data, InputNormalization::kZca, at::kCPU), InputError);
}

}  // namespace
}  // namespace plasticity
