#include <ATen/ATen.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <vector>

#include "suite/base/error.h"
#include "tasks/changes/attacks.h"
#include "tasks/changes/corruptions.h"
#include "tasks/changes/geometry.h"
#include "tasks/changes/pixels.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

std::vector<std::uint8_t> Waves(const ImageShape& shape) {
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(shape.bytes()));
  for (std::size_t i = 0; i < pixels.size(); ++i)
    pixels[i] = static_cast<std::uint8_t>(128 + 100 * std::sin(static_cast<double>(i) / 7));
  return pixels;
}

std::vector<std::uint8_t> After(const std::string& name, int severity, const ImageShape& shape,
                                std::int64_t index, std::uint64_t seed = 1) {
  std::vector<std::uint8_t> pixels = Waves(shape);
  MakeChange(CorruptionOf(name, severity, shape), Streams(seed))
      ->Apply(shape, index, pixels.data());
  return pixels;
}

TEST_CASE("every corruption changes gray and colour images, the more the severer it is") {
  for (const ImageShape& shape :
       {ImageShape{3, 32, 32}, ImageShape{1, 28, 28}, ImageShape{3, 64, 48}}) {
    const std::vector<std::uint8_t> before = Waves(shape);
    const auto distance = [&](const std::vector<std::uint8_t>& after) {
      double sum = 0;
      for (std::size_t i = 0; i < before.size(); ++i) sum += std::abs(before[i] - after[i]);
      return sum / static_cast<double>(before.size());
    };
    for (const std::string& name : Corruptions(shape.channels)) {
      CAPTURE(name, shape.channels, shape.height);
      CHECK(distance(After(name, 5, shape, 0)) > 0);
      // CIFAR-10-C's saturate takes colour away at first and adds it later.
      if (name != "saturate")
        CHECK(distance(After(name, 5, shape, 0)) > distance(After(name, 1, shape, 0)));
    }
  }
}

TEST_CASE("a mirrored image is the other way round row by row, and twice it is itself") {
  const ImageShape shape{2, 2, 3};
  std::vector<std::uint8_t> pixels = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const std::vector<std::uint8_t> before = pixels;
  Mirrored().Apply(shape, 0, pixels.data());
  CHECK(pixels == std::vector<std::uint8_t>{3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10});
  Mirrored().Apply(shape, 0, pixels.data());
  CHECK(pixels == before);
}

TEST_CASE("gray images have no saturation, and other names are refused") {
  const std::vector<std::string> gray = Corruptions(1), colour = Corruptions(3);
  CHECK(colour.size() == 10);
  CHECK(gray.size() == 9);
  CHECK(std::find(gray.begin(), gray.end(), "saturate") == gray.end());
  CHECK_THROWS_AS(CorruptionOf("rain", 1, {3, 32, 32}), InputError);
}

TEST_CASE("an image's noise is its own, and the seed's") {
  const ImageShape shape = {3, 32, 32};
  for (const char* name : {"gaussian_noise", "shot_noise", "impulse_noise"}) {
    CAPTURE(name);
    CHECK(After(name, 3, shape, 7) == After(name, 3, shape, 7));
    CHECK(After(name, 3, shape, 7) != After(name, 3, shape, 8));
    CHECK(After(name, 3, shape, 7) != After(name, 3, shape, 7, 2));
  }
  CHECK(After("contrast", 3, shape, 7) == After("contrast", 3, shape, 8, 2));
}

TEST_CASE("an attack stays within its radius and between black and white") {
  const at::Tensor images = at::rand({5, 1, 4, 4}), labels = at::tensor({0, 1, 2, 0, 1}, at::kLong);
  const at::Tensor weight = at::randn({3, 16});
  const Scorer scores = [&](const at::Tensor& x) { return at::linear(x.flatten(1), weight); };
  const AttackBounds bounds{at::tensor(0.1F), at::tensor(0.0F), at::tensor(1.0F)};
  const at::Tensor before = at::cross_entropy_loss(scores(images), labels);
  for (const auto& [steps, share] : {std::pair{1, 1.0}, std::pair{10, 0.25}}) {
    const at::Tensor attacked = Attacked(images, labels, scores, bounds, steps, share);
    CHECK((attacked - images).abs().max().item<double>() <= 0.1 + 1e-6);
    CHECK(attacked.min().item<double>() >= 0);
    CHECK(attacked.max().item<double>() <= 1);
    CHECK(at::cross_entropy_loss(scores(attacked), labels).item<double>() > before.item<double>());
    CHECK_FALSE(attacked.requires_grad());
  }
}

TEST_CASE("pixels come back from what a network sees, but not through whitening") {
  Dataset data;
  data.mean = {0.4F, 0.5F, 0.6F};
  data.stddev = {0.2F, 0.25F, 0.3F};
  const auto network = [](const char* input) {
    return Network({{"input", input},
                    {"blocks", {{{"ops", {{{"op", "conv"}, {"out", 2}, {"kernel", 3}}}}}}},
                    {"features", {{{"op", "flatten"}}}}},
                   {3, 8, 8}, 2, Streams(1), at::kCPU);
  };
  const at::Tensor pixels = at::rand({2, 3, 8, 8});
  const PixelScale scale = PixelScale::Of(data, network("standardize"));
  const at::Tensor seen = scale.FromPixels(pixels);
  CHECK(at::allclose(seen[0][2], (pixels[0][2] - 0.6) / 0.3, 1e-5, 1e-6));
  CHECK(at::allclose(scale.ToPixels(seen), pixels, 1e-5, 1e-6));
  CHECK(at::equal(PixelScale::Of(data, network("scale")).ToPixels(pixels), pixels));
  CHECK_THROWS_WITH(PixelScale::Of(data, network("zca")), Catch::Contains("zca"));
}

}  // namespace
}  // namespace plasticity
