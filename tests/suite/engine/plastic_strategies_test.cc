// What strategies that keep weights plastic, or from being overwritten, do to a learner on
// gratings.
#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "suite/base/error.h"
#include "tests/suite/engine/streamed.h"

namespace plasticity {
namespace {

using testing::Part;
using testing::Streamed;

TEST_CASE("a strategy that is set to do nothing changes nothing") {
  Streamed plain("finetune", {});
  plain.Learn(0);
  plain.Learn(1);
  const auto [strategy, params] = GENERATE(table<std::string, nlohmann::json>(
      {{"continual-backprop", {{"replacement", 0}}},
       {"shrink-perturb", {{"shrink", 1}, {"noise", 0}}},
       {"shrink-perturb", {{"shrink", 1}, {"noise", 0}, {"when", "step"}}}}));
  CAPTURE(strategy, params.dump());
  Streamed idle(strategy, params);
  idle.Learn(0);
  idle.Learn(1);
  CHECK(at::equal(idle.Weight(0), plain.Weight(0)));
  CHECK(at::equal(idle.Weight(1), plain.Weight(1)));
}

TEST_CASE("under endless metaplasticity no weight shrinks, whatever the rule") {
  const std::string rule = GENERATE(as<std::string>(), "backprop", "hebb", "sphere");
  CAPTURE(rule);
  Streamed metaplastic("metaplastic", {{"strength", 1e9}}, Part<Rule>(rule, {{"batch_size", 10}}));
  const at::Tensor before = metaplastic.Weight(0);
  metaplastic.Learn(0);
  const at::Tensor after = metaplastic.Weight(0);
  CHECK_FALSE(at::equal(after, before));
  CHECK((after.abs() - before.abs()).min().item<double>() > -1e-6);
}

TEST_CASE("shrink and perturb acts before each experience but the first") {
  Streamed plain("finetune", {}), shrunk("shrink-perturb", {{"shrink", 0}, {"noise", 0.5}});
  plain.Learn(0);
  shrunk.Learn(0);
  CHECK(at::equal(plain.Weight(1), shrunk.Weight(1)));
  shrunk.Learn(1);
  CHECK(shrunk.Weight(1).std().item<double>() == Approx(0.5).epsilon(0.1));
}

TEST_CASE("hlop's later steps leave alone what a subspace holds, whatever the rule") {
  const std::string rule = GENERATE(as<std::string>(), "backprop", "hebb");
  CAPTURE(rule);
  Streamed projected("hlop", {{"projects", "step"}, {"share", 0.148}},
                     Part<Rule>(rule, {{"batch_size", 10}}));
  projected.Learn(0);
  const NamedTensors held = projected.State();
  const at::Tensor rows = held.at("strategy.layer1.rows"), before = projected.Weight(0);
  CHECK(rows.size(0) == 4);
  projected.Learn(1);
  CHECK(projected.State().at("strategy.layer1.rows").size(0) == 8);
  const at::Tensor step = (projected.Weight(0) - before).flatten(1);
  CHECK(step.norm().item<double>() > 1e-5);
  CHECK(step.mm(rows.t()).norm().item<double>() < 0.1 * step.norm().item<double>());
}

TEST_CASE("continual backprop replaces mature units of little use, one after another") {
  Streamed turned("continual-backprop", {{"replacement", 0.2}, {"maturity", 2}, {"decay", 0.5}});
  turned.Learn(0);
  turned.Learn(1);
  const at::Tensor age = turned.State().at("strategy.block1.age");
  CHECK(age.max().item<double>() > age.min().item<double>());
  CHECK(turned.Weight(0).isfinite().all().item<bool>());
}

TEST_CASE("what cannot carry such a strategy is refused") {
  const std::string strategy =
      GENERATE(as<std::string>(), "hlop", "metaplastic", "shrink-perturb", "continual-backprop");
  CHECK_THROWS_WITH(Streamed(strategy, {}, Part<Rule>("random", {{"batch_size", 10}})),
                    Catch::Contains("a rule that learns"));
}

TEST_CASE("what needs boundaries says so where they are not told") {
  const std::string strategy = GENERATE(as<std::string>(), "hlop", "shrink-perturb");
  Streamed blind(strategy, {}, Part<Rule>("backprop", {{"batch_size", 10}}),
                 {{"experiences", 2}, {"boundaries", false}});
  CHECK_THROWS_WITH((blind.Learn(0), blind.Learn(1)),
                    Catch::Contains("task.scenario.boundaries=true"));
}

}  // namespace
}  // namespace plasticity
