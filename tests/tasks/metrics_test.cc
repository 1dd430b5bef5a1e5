#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "suite/ops/cka.h"
#include "tasks/data/image_codec.h"
#include "tasks/decoders/upsampling.h"
#include "tasks/metrics/images.h"
#include "tasks/metrics/picture_grid.h"
#include "tasks/metrics/representation.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

TEST_CASE("an image is as it should be, image by image") {
  const at::Tensor images = at::rand({3, 3, 16, 16});
  at::Tensor other = images.clone();
  other[1].add_(0.1);
  const at::Tensor error = MeanSquaredError(other, images), psnr = PeakSignalToNoise(other, images);
  CHECK(error[0].item<double>() == 0);
  CHECK(error[1].item<double>() == Approx(0.01).epsilon(1e-4));
  CHECK(std::isinf(psnr[0].item<double>()));
  CHECK(psnr[1].item<double>() == Approx(20).epsilon(1e-4));
  const at::Tensor alike = StructuralSimilarity(other, images);
  CHECK(alike[2].item<double>() == Approx(1));
  CHECK(alike[1].item<double>() < 1);
  const at::Tensor small = at::rand({2, 1, 10, 16});  // smaller than the window
  CHECK(StructuralSimilarity(small, small).isnan().all().item<bool>());
}

TEST_CASE("CKA does not see rotations and scales, and tells other features apart") {
  const at::Tensor x = at::randn({40, 6}), y = at::randn({40, 6});
  const at::Tensor rotation = std::get<0>(at::linalg_qr(at::randn({6, 6})));
  CHECK(LinearCka(x, x.mm(rotation) * 3 + 5) == Approx(1).epsilon(1e-4));
  CHECK(LinearCka(x, y) < 0.6);
  CHECK(LinearCkaDebiased(x, x.mm(rotation)) == Approx(1).epsilon(1e-4));
  // Many features of few samples: the plain estimate is high whatever they are.
  const at::Tensor wide_x = at::randn({12, 200}), wide_y = at::randn({12, 200});
  CHECK(LinearCka(wide_x, wide_y) > 0.7);
  CHECK(std::abs(LinearCkaDebiased(wide_x, wide_y)) < 0.4);
  CHECK(std::isnan(LinearCka(x, at::ones({40, 3}))));
}

TEST_CASE("dimensions, silence and angles") {
  const Dimensions round = DimensionsOf(at::eye(5).repeat({4, 1}));
  CHECK(round.effective_rank == Approx(5));
  CHECK(EffectiveRank(at::eye(5).repeat({4, 1})) == round.effective_rank);
  CHECK(round.stable_rank == Approx(5));
  at::Tensor m = at::zeros({200, 4});
  m.select(1, 0).fill_(1);
  m[3][1] = 2;     // one sample of 200
  m[5][2] = 1e-6;  // rounding
  const Silence silence = SilenceOf(m);
  CHECK(silence.dead == Approx(0.5));
  CHECK(silence.dormant == Approx(0.75));
  CHECK(silence.sparsity == Approx(1 - 201.0 / 800));
  CHECK(Degrees(Cosine(at::tensor({1.0, 0.0}), at::tensor({1.0, 1.0}))) == Approx(45));
  CHECK(std::isnan(Cosine(at::zeros({3}), at::ones({3}))));
}

TEST_CASE("a decoder gives images of the asked size from maps of any, and learns") {
  for (const auto& [side, height, width] : {std::tuple{4, 32, 32}, std::tuple{16, 32, 32},
                                            std::tuple{3, 28, 28}, std::tuple{4, 96, 64}}) {
    CAPTURE(side, height, width);
    UpsamplingDecoder decoder(UpsamplingDecoder::ChannelsFor(24, 3), side, height, width, Stream(1),
                              at::kCPU, 1e-2);
    const at::Tensor maps = at::randn({4, 24, side, side});
    const at::Tensor target = at::rand({4, 3, height, width});
    REQUIRE(decoder.Decode(maps).sizes() == target.sizes());
    const double first = decoder.Learn(maps, target, {}).item<double>();
    double last = first;
    for (int step = 0; step < 20; ++step) last = decoder.Learn(maps, target, {}).item<double>();
    CHECK(last < 0.8 * first);
  }
}

TEST_CASE("pictures become a PNG of their size, with gray where a weight is 0") {
  const std::string png = PictureGrid({at::zeros({3, 3, 4, 5}), at::ones({2, 3, 4, 5})}, 2);
  const ImageShape shape = ReadImageShape(png);
  CHECK(shape == ImageShape{3, 2 + 2 * (8 + 2), 2 + 3 * (10 + 2)});
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(shape.bytes()));
  DecodeImage(png, shape, pixels.data());
  CHECK(pixels[0] == 255);                                            // a line
  CHECK(pixels[static_cast<std::size_t>(2 * shape.width + 2)] == 0);  // the first picture
  at::Tensor weights = at::zeros({2, 1, 3, 3});
  weights[0][0][1][1] = -4;
  const std::string filters = FilterGrid(weights, 1);
  const ImageShape grid = ReadImageShape(filters);
  std::vector<std::uint8_t> values(static_cast<std::size_t>(grid.bytes()));
  DecodeImage(filters, grid, values.data());
  CHECK(values[static_cast<std::size_t>(2 * grid.width + 2)] == 128);
  CHECK(values[static_cast<std::size_t>(3 * grid.width + 3)] == 0);
}

}  // namespace
}  // namespace plasticity
