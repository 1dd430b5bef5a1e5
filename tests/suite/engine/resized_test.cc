#include "suite/engine/resized.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "suite/base/error.h"
#include "tests/suite/engine/toy.h"

namespace plasticity {
namespace {

std::vector<std::uint8_t> Pixels(const ImageSource& images, std::int64_t index) {
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(images.shape().bytes()));
  images.Decode(index, pixels.data());
  return pixels;
}

// Three images of one colour each: 4 x 4 pixels of (10, 20, 200), black, white.
class Plain final : public ImageSource {
 public:
  Plain() : ImageSource({.channels = 3, .height = 4, .width = 4}, 3) {}
  std::int64_t Label(std::int64_t index) const override { return index; }
  void Decode(std::int64_t index, std::uint8_t* pixels) const override {
    const std::uint8_t colours[3][3] = {{10, 20, 200}, {0, 0, 0}, {255, 255, 255}};
    for (int c = 0; c < 3; ++c) std::fill_n(pixels + c * 16, 16, colours[index][c]);
  }
};

std::shared_ptr<const Dataset> PlainData() {
  auto set = std::make_shared<Dataset>();
  set->name = "plain";
  set->origin = "image tree";
  set->shape = {.channels = 3, .height = 4, .width = 4};
  set->class_names = {"a", "b", "c"};
  set->train = set->test = std::make_shared<Plain>();
  return set;
}

TEST_CASE("a data set of the asked shape is itself") {
  const auto set = PlainData();
  CHECK(Resized(set, set->shape) == set);
}

TEST_CASE("images are brought to another size and to grey, with statistics of their own") {
  const auto set = Resized(PlainData(), {.channels = 1, .height = 2, .width = 3});
  CHECK(set->shape == ImageShape{.channels = 1, .height = 2, .width = 3});
  // 0.299 x 10 + 0.587 x 20 + 0.114 x 200 = 37.5, up to 38 or down to 37 by rounding of floats.
  for (const std::uint8_t pixel : Pixels(*set->train, 0)) CHECK((pixel == 37 || pixel == 38));
  CHECK(Pixels(*set->train, 1) == std::vector<std::uint8_t>(6, 0));
  CHECK(Pixels(*set->train, 2) == std::vector<std::uint8_t>(6, 255));
  CHECK(set->train->Label(2) == 2);
  CHECK(set->mean.size() == 1);
  CHECK(set->mean[0] == Approx((37.5 / 255 + 1) / 3).epsilon(0.005));
  CHECK(set->origin == "image tree, brought from 3 x 4 x 4 to 1 x 2 x 3");
}

TEST_CASE("grey images get equal colours, and other channels are refused") {
  const auto grey = Resized(PlainData(), {.channels = 1, .height = 4, .width = 4});
  const auto coloured = Resized(grey, {.channels = 3, .height = 4, .width = 4});
  const std::vector<std::uint8_t> pixels = Pixels(*coloured->train, 0);
  CHECK(std::set<std::uint8_t>(pixels.begin(), pixels.end()).size() == 1);
  CHECK_THROWS_AS(Resized(grey, {.channels = 2, .height = 4, .width = 4}), InputError);
}

}  // namespace
}  // namespace plasticity
