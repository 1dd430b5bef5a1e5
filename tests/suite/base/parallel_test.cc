#include "suite/base/parallel.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <vector>

namespace plasticity {
namespace {

TEST_CASE("every index has its call, once") {
  for (const std::size_t count : {0, 1, 7, 1000}) {
    std::vector<std::atomic<int>> calls(count);
    ForEachIndex(count, 2, [&](std::size_t i) { ++calls[i]; });
    for (const std::atomic<int>& one : calls) CHECK(one == 1);
  }
}

TEST_CASE("the error of the lowest index comes out, whichever thread is first") {
  const auto fail_from_ten = [](std::size_t i) {
    if (i >= 10) throw std::runtime_error(std::to_string(i));
  };
  for (int again = 0; again < 50; ++again) {
    CHECK_THROWS_WITH(ForEachIndex(100, 1, fail_from_ten), "10");
  }
}

}  // namespace
}  // namespace plasticity
