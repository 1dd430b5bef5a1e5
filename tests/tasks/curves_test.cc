#include "tasks/metrics/curves.h"

#include <catch2/catch.hpp>

namespace plasticity {
namespace {

TEST_CASE("a curve's mean height weighs doublings or widths alike") {
  CHECK(MeanHeight({0, 1, 4}, {0, 1, 1}) == Approx(3.5 / 4));
  CHECK(MeanHeightOverDoublings({1, 2, 8}, {0, 1, 1}) == Approx(2.5 / 3));
  CHECK(MeanHeight({2, 2, 3}, {0, 1, 1}) == Approx(1));  // two points at one place
}

TEST_CASE("a curve without width has no mean height") {
  CHECK(!MeanHeight({}, {}));
  CHECK(!MeanHeight({3}, {1}));
  CHECK(!MeanHeightOverDoublings({10, 10}, {0.5, 0.6}));
}

TEST_CASE("a slope is that of the best straight line") {
  CHECK(*Slope({1, 3, 5, 7}) == Approx(2));
  CHECK(*Slope({0, 1, 0}) == Approx(0).margin(1e-12));
  CHECK(!Slope({4}));
}

}  // namespace
}  // namespace plasticity
