#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "suite/ops/oja_subspace.h"
#include "suite/ops/unit_turnover.h"
#include "suite/streams.h"

namespace plasticity {
namespace {

at::Tensor Normal(std::int64_t rows, std::int64_t columns, std::uint64_t key) {
  at::Tensor drawn = at::empty({rows, columns});
  Stream(key).FillNormal(drawn.mutable_data_ptr<float>(), static_cast<std::size_t>(drawn.numel()),
                         0, 1);
  return drawn;
}

at::Tensor Orthonormal(std::int64_t rows, std::int64_t columns, std::uint64_t key) {
  return std::get<0>(at::linalg_qr(Normal(columns, rows, key))).t().contiguous();
}

TEST_CASE("a subspace finds where inputs lie, and goes on from there") {
  const at::Tensor first = Orthonormal(3, 20, 1), second = Orthonormal(2, 20, 2);
  OjaSubspace subspace({.learning_rate = 0.1});
  subspace.Grow(Orthonormal(3, 20, 3));
  for (std::uint64_t i = 0; i < 60; ++i) subspace.Learn(Normal(40, 3, 10 + i).mm(first));
  const at::Tensor old = Normal(5, 3, 4).mm(first);
  CHECK(subspace.Without(old).norm().item<double>() < 0.02 * old.norm().item<double>());
  const at::Tensor held = subspace.rows().clone();
  subspace.Grow(Orthonormal(2, 20, 5));
  for (std::uint64_t i = 0; i < 60; ++i) subspace.Learn(Normal(40, 2, 100 + i).mm(second));
  CHECK(at::equal(subspace.rows().slice(0, 0, 3), held));
  const at::Tensor both = Normal(5, 2, 6).mm(second);
  CHECK(subspace.Without(both).norm().item<double>() < 0.05 * both.norm().item<double>());
}

TEST_CASE("a weight's change without a subspace changes no answer to what lies in it") {
  OjaSubspace subspace(OjaSubspace::Settings{});
  const at::Tensor change = Normal(4, 20, 1);
  CHECK(at::equal(subspace.Projected(change), change));
  const at::Tensor rows = Orthonormal(3, 20, 2);
  subspace.Grow(rows);
  const at::Tensor x = Normal(6, 3, 3).mm(rows);
  CHECK(subspace.Projected(change).mm(x.t()).abs().max().item<double>() < 1e-5);
}

struct Layers {
  at::Tensor incoming = Normal(4, 6, 1), bias = at::ones({4});
  at::Tensor outgoing = Normal(3, 8, 2), next_bias = at::zeros({3});  // two columns a unit
};

TEST_CASE("the mature unit of least use goes first, and shares of a unit add up") {
  const Layers layers;
  const auto never = []() -> double { throw std::logic_error("drawn"); };
  UnitTurnover turnover({.replacement = 0.125, .maturity = 1}, 4, at::kCPU);
  at::Tensor activity = at::ones({5, 4, 2});
  activity.select(1, 2).zero_();
  std::vector<std::int64_t> gone;
  for (int step = 0; step < 3; ++step) {
    turnover.Observe(activity, layers.incoming, layers.outgoing);
    const std::vector<std::int64_t> units = turnover.Expendable(never);
    if (!units.empty()) turnover.Forget(units);
    gone.insert(gone.end(), units.begin(), units.end());
  }
  CHECK(gone == std::vector<std::int64_t>{2});  // half a unit at step 2, one at step 3
  CHECK(turnover.age()[2].item<double>() == 0);
  CHECK(turnover.age()[1].item<double>() == 3);
}

TEST_CASE("a unit that is made anew is not seen, and those that saw it keep their mean") {
  const Layers layers;
  const at::Tensor lost = layers.outgoing.slice(1, 2, 4).sum(1) * 0.5;
  RenewUnit({layers.incoming, layers.bias, layers.outgoing, layers.next_bias}, 1, 0.1, 0.5,
            [stream = Stream(3)]() mutable { return stream.Uniform(); });
  CHECK(layers.incoming[1].abs().max().item<double>() <= 0.1);
  CHECK(layers.incoming[0].abs().max().item<double>() > 0.1);
  CHECK(layers.bias[1].item<double>() == 0);
  CHECK(layers.outgoing.slice(1, 2, 4).abs().max().item<double>() == 0);
  CHECK(layers.outgoing.slice(1, 0, 2).abs().min().item<double>() > 0);
  CHECK(at::allclose(layers.next_bias, lost));
}

}  // namespace
}  // namespace plasticity
