#include "suite/competition.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "suite/base/error.h"

namespace plasticity {
namespace {

at::Tensor Compete(const nlohmann::json& given, const at::Tensor& u, std::size_t layer = 0) {
  Params params("rule", given);
  const Competition competition(params);
  params.Finish();
  return competition(u, layer);
}

bool Agree(const at::Tensor& a, const at::Tensor& b) { return at::allclose(a, b, 1e-5, 1e-6); }

// Two samples of four units.
at::Tensor Units() {
  return at::tensor({0.5, -1.0, 3.0, 2.0, -4.0, -2.0, -3.0, -1.0}).view({2, 4});
}

at::Tensor Expected(const std::vector<double>& values) {
  return at::tensor(values, at::kDouble).view({2, 4}).to(at::kFloat);
}

TEST_CASE("each kind of competition gives what it says") {
  const at::Tensor u = Units().to(at::kFloat);
  const auto with = [&](const char* kind, double k = 1) {
    return Compete({{"competition", kind}, {"k", k}, {"delta", 0.25}, {"temperature", 2}}, u);
  };
  CHECK(at::equal(with("none"), u));
  CHECK(Agree(with("relu"), Expected({0.5, 0, 3, 2, 0, 0, 0, 0})));
  CHECK(Agree(with("tanh"), u.tanh()));
  CHECK(Agree(with("triangle"), Expected({0, 0, 1.875, 0.875, 0, 0.5, 0, 1.5})));
  CHECK(at::equal(with("kwta"), Expected({0, 0, 1, 0, 0, 0, 0, 1})));
  CHECK(at::equal(with("kwta", 2), Expected({0, 0, 1, 1, 0, 1, 0, 1})));
  CHECK(at::equal(with("kwta_positive", 2), Expected({0, 0, 1, 1, 0, 0, 0, 0})));
  CHECK(Agree(with("kwta_linear", 2), Expected({0, 0, 3, 2, 0, -2, 0, -1})));
  CHECK(Agree(with("ranked", 2), Expected({0, 0, 1, -0.25, 0, -0.25, 0, 1})));
  CHECK(Agree(with("ranked", 1), Expected({0, 0, -0.25, 0, 0, 0, 0, -0.25})));

  const at::Tensor soft = at::softmax(u * 2, 1);
  CHECK(Agree(with("softmax"), soft));
  const at::Tensor sign = Expected({-1, -1, 1, -1, -1, -1, -1, 1});
  CHECK(Agree(with("signed_softmax"), soft * sign));
  const at::Tensor second = Expected({1, 1, 1, -0.25, 1, -0.25, 1, 1});
  CHECK(Agree(with("ranked_softmax", 2), soft * second));
  CHECK(Agree(with("power"), Expected({0.25 / 13.25, 0, 9 / 13.25, 4 / 13.25, 0, 0, 0, 0})));
}

TEST_CASE("k and temperature go by layer, and k stays below the units") {
  const at::Tensor u = Units().to(at::kFloat);
  const nlohmann::json given = {{"competition", "kwta"}, {"k", {1, 3, 9}}};
  CHECK(Compete(given, u, 0).sum(1).eq(1).all().item<bool>());
  CHECK(Compete(given, u, 1).sum(1).eq(3).all().item<bool>());
  CHECK(Compete(given, u, 2).sum(1).eq(4).all().item<bool>());
  const nlohmann::json soft = {{"competition", "softmax"}, {"temperature", {1, 4}}};
  CHECK(Agree(Compete(soft, u, 1), at::softmax(u * 4, 1)));
}

TEST_CASE("units that tie with the k-th largest win too") {
  const at::Tensor u = at::ones({1, 5});
  CHECK(Compete({{"competition", "kwta"}, {"k", 2}}, u).sum().item<double>() == 5);
}

TEST_CASE("an unknown competition is refused") {
  CHECK_THROWS_AS(Compete({{"competition", "loud"}}, Units()), InputError);
}

}  // namespace
}  // namespace plasticity
