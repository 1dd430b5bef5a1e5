#include "suite/ops/augment.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "tests/noise.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

using testing::Noise;

constexpr Augmentation kNone{.shift = 0, .flip = false, .brightness = 0, .contrast = 0};

TEST_CASE("without any augmentation images stay as they are") {
  const at::Tensor images = Noise({3, 2, 5, 7}, 5, 1);
  CHECK(at::equal(Augment(images, kNone, Stream(1)), images));
  CHECK(at::equal(Augment(images.contiguous(at::MemoryFormat::ChannelsLast), kNone, Stream(1)),
                  images));
}

TEST_CASE("an augmented image is a window of the mirrored image, possibly flipped") {
  const std::int64_t n = 200, side = 6, shift = 2;
  const at::Tensor images = Noise({n, 3, side, side}, 5, 1);
  const at::Tensor views =
      Augment(images, {.shift = shift, .flip = true, .brightness = 0, .contrast = 0}, Stream(1));
  REQUIRE(views.sizes() == images.sizes());
  const at::Tensor padded = at::reflection_pad2d(images, {shift, shift, shift, shift});
  // [which vertical][which horizontal][flipped or not]: how many images were changed that way
  std::vector<std::int64_t> counts(static_cast<std::size_t>((2 * shift + 1) * (2 * shift + 1) * 2));
  for (std::int64_t i = 0; i < n; ++i) {
    std::int64_t matches = 0;
    std::size_t way = 0;
    for (std::int64_t y = 0; y <= 2 * shift; ++y) {
      for (std::int64_t x = 0; x <= 2 * shift; ++x) {
        const at::Tensor window = padded[i].slice(1, y, y + side).slice(2, x, x + side);
        for (const bool flipped : {false, true}) {
          if (at::equal(views[i], flipped ? window.flip(2) : window)) {
            ++matches;
            ++counts[way];
          }
          ++way;
        }
      }
    }
    CHECK(matches == 1);
  }
  for (const std::int64_t count : counts) CHECK(count < 20);  // 4 of 200 are expected
  CHECK(std::count(counts.begin(), counts.end(), 0) < 10);
}

TEST_CASE("a shift is never farther than the image can mirror") {
  const at::Tensor images = Noise({20, 1, 3, 1}, 5, 1);
  const at::Tensor views =
      Augment(images, {.shift = 50, .flip = false, .brightness = 0, .contrast = 0}, Stream(1));
  CHECK(views.sizes() == images.sizes());
  CHECK(views.amax().item<float>() <= images.amax().item<float>());
}

TEST_CASE("brightness moves and contrast scales an image as a whole, by no more than allowed") {
  const at::Tensor images = Noise({100, 3, 4, 4}, 5, 1);
  const at::Tensor views =
      Augment(images, {.shift = 0, .flip = false, .brightness = 0.5, .contrast = 0.3}, Stream(2));
  const at::Tensor before = images.flatten(1), after = views.flatten(1);
  const auto deviation = [](const at::Tensor& x) { return x.std(1, false); };
  const at::Tensor gain = deviation(after) / deviation(before);                  // [n]
  const at::Tensor move = (after.mean(1) - before.mean(1)) / deviation(before);  // [n]
  const at::Tensor expected = before.mean(1, true) + (move * deviation(before)).unsqueeze(1) +
                              (before - before.mean(1, true)) * gain.unsqueeze(1);
  CHECK(at::allclose(after, expected, 1e-4, 1e-4));
  CHECK(((gain - 1).abs() <= 0.3 + 1e-4).all().item<bool>());
  CHECK((move.abs() <= 0.5 + 1e-4).all().item<bool>());
  // Evenly in both directions: uniform variables, 100 of them.
  CHECK(std::abs((gain - 1).mean().item<double>()) < 0.3 * 0.25);
  CHECK(std::abs(move.mean().item<double>()) < 0.5 * 0.25);
  CHECK((gain - 1).abs().amax().item<double>() > 0.3 * 0.9);
  CHECK(move.abs().amax().item<double>() > 0.5 * 0.9);
}

TEST_CASE("an image's change follows from the stream and its place alone") {
  const at::Tensor images = Noise({8, 3, 6, 6}, 5, 1);
  const at::Tensor views = Augment(images, {}, Stream(3));
  CHECK(at::equal(views, Augment(images, {}, Stream(3))));
  CHECK_FALSE(at::equal(views, Augment(images, {}, Stream(4))));
  CHECK(at::allclose(views.slice(0, 0, 5), Augment(images.slice(0, 0, 5), {}, Stream(3))));
}

TEST_CASE("two views differ from each other, from step to step and from seed to seed") {
  const at::Tensor images = Noise({8, 3, 6, 6}, 5, 1);
  const at::Tensor views = TwoViews(images, {}, Streams(1), 7);
  REQUIRE(views.sizes() == at::IntArrayRef({16, 3, 6, 6}));
  CHECK_FALSE(at::equal(views.slice(0, 0, 8), views.slice(0, 8)));
  CHECK(at::equal(views, TwoViews(images, {}, Streams(1), 7)));
  CHECK_FALSE(at::equal(views, TwoViews(images, {}, Streams(1), 8)));
  CHECK_FALSE(at::equal(views, TwoViews(images, {}, Streams(2), 7)));
}

}  // namespace
}  // namespace plasticity
