#include "tasks/metrics/unit_diversity.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "tests/noise.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

TEST_CASE("unit diversity counts the independent answers that units give") {
  const auto spec = nlohmann::json::parse(R"({"name": "two", "blocks": [
    {"ops": [{"op": "conv", "out": 6, "kernel": 1}]},
    {"ops": [{"op": "flatten"}, {"op": "dense", "out": 4}]}]})");
  Network network(spec, {.channels = 3, .height = 8, .width = 8}, 10, Streams(1), at::kCPU);
  const at::Tensor x = testing::Noise({200, 3, 8, 8});
  at::Tensor& first = network.blocks()[0].layer.weight;
  at::Tensor& second = network.blocks()[1].layer.weight;
  // Two units for each colour, of any size and sign; all units alike.
  first.copy_(at::cat({at::eye(3), -5 * at::eye(3)}).view(first.sizes()));
  second.fill_(1);
  CHECK(UnitDiversity(network, x)[0] == Approx(3).epsilon(0.01));
  CHECK(UnitDiversity(network, x)[1] == Approx(1));
  // A unit that answers nothing does not count; two that look at pixels of their own do.
  first.slice(0, 0, 1).zero_();
  first.slice(0, 3, 6).zero_();
  second.zero_();
  second.diagonal(64).slice(0, 0, 2).fill_(1);  // the second unit's map
  CHECK(UnitDiversity(network, x)[0] == Approx(2).epsilon(0.01));
  CHECK(UnitDiversity(network, x)[1] == Approx(2).epsilon(0.02));
  first.zero_();
  CHECK(UnitDiversity(network, x) == std::vector<double>{0, 0});
}

}  // namespace
}  // namespace plasticity
