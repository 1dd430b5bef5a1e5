#include "baselines/continual/projections.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "suite/streams.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

at::Tensor Normal(at::IntArrayRef sizes, std::uint64_t seed) {
  at::Tensor drawn = at::empty(sizes);
  Stream(seed).FillNormal(drawn.data_ptr<float>(), static_cast<std::size_t>(drawn.numel()), 0, 1);
  return drawn.to(at::kDouble);
}

TEST_CASE("a direction that agrees with a memory stays; another loses its part along it") {
  const at::Tensor memory = at::tensor({1.0, 0.0}), up = at::tensor({0.5, 1.0}),
                   down = at::tensor({-0.5, 1.0});
  CHECK(at::equal(Agreeing(up, memory), up));
  CHECK(at::equal(Agreeing(down, memory), at::tensor({0.0, 1.0})));
  CHECK(at::equal(Agreeing(down, at::zeros({2}, at::kDouble)), down));
}

TEST_CASE("GEM's direction hurts no memory, and no nearer one would do") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const at::Tensor g = Normal({12}, 2 * seed), memories = Normal({7, 12}, 2 * seed + 1);
    const at::Tensor out = AgreeingWithAll(g, memories, 0, 0);
    const at::Tensor v = Multipliers(g, memories, 0, 0), dots = memories.mv(out);
    CAPTURE(seed);
    CHECK(dots.min().item<double>() > -1e-9);
    CHECK(v.min().item<double>() >= 0);
    CHECK((v * dots).abs().max().item<double>() < 1e-9);  // optimal: only what binds has a part
  }
}

TEST_CASE("GEM's programme is solved where memories are alike, and with more than parameters") {
  const at::Tensor g = Normal({3}, 1);
  const at::Tensor some = Normal({5, 3}, 2);
  const at::Tensor twice = at::cat({some, some});
  const at::Tensor out = AgreeingWithAll(g, twice, 0, 0);
  CHECK(twice.mv(out).min().item<double>() > -1e-6);
}

}  // namespace
}  // namespace plasticity
