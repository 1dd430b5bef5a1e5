// What a supervised rule does when nobody looks at its directions: the same steps, in factors.
#include "suite/supervised_rule.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "suite/registry.h"
#include "tests/noise.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

using nlohmann::json;

struct Trained {
  Network network;
  std::unique_ptr<Rule> rule;
};

Trained Made(const std::string& rule, const json& given, Precision precision) {
  Trained made{
      Network(json::parse(R"({"name": "dense", "blocks": [
      {"ops": [{"op": "flatten"}, {"op": "dense", "out": 64}, {"op": "relu"}]},
      {"ops": [{"op": "dense", "out": 80, "bias": false}, {"op": "relu"}]},
      {"ops": [{"op": "dense", "out": 5}, {"op": "relu"}]}]})"),
              {.channels = 3, .height = 8, .width = 8}, 4, Streams(3), at::kCPU, precision),
      nullptr};
  json params;
  made.rule = Registry<Rule>::Get().Make(rule, given, &params);
  return made;
}

std::vector<at::Tensor> WeightsAfter(Trained trained, bool directions_wanted) {
  trained.rule->Attach(trained.network);
  for (std::int64_t step = 0; step < 4; ++step) {
    const Progress progress{.step = step, .steps = 4, .draw = static_cast<std::uint64_t>(step)};
    trained.rule->Learn({.images = testing::Noise({5, 3, 8, 8}, static_cast<std::uint64_t>(step)),
                         .labels = (at::arange(5) + step) % 4,
                         .directions_wanted = directions_wanted},
                        progress);
    const at::Tensor& first = trained.network.blocks()[0].layer.weight;
    const std::vector<at::Tensor>& shown = trained.rule->update().parameters;
    const bool is_shown = std::any_of(shown.begin(), shown.end(), [&](const at::Tensor& parameter) {
      return parameter.is_same(first);
    });
    if (directions_wanted) CHECK(is_shown);
    trained.rule->Commit(progress);
  }
  std::vector<at::Tensor> weights = {trained.network.head().weight};
  for (const Block& block : trained.network.blocks()) weights.push_back(block.layer.weight);
  return weights;
}

TEST_CASE("Steps are the same whether anyone looks at the directions or not") {
  const std::string rule = GENERATE("backprop", "fa", "dfa", "signsym", "pc");
  const json plain = {{"optimizer", "sgd"},  {"momentum", 0},          {"learning_rate", 0.1},
                      {"weight_decay", 0.3}, {"schedule", "constant"}, {"batch_size", 5}};
  const bool momentum = GENERATE(false, true);
  const Precision precision = GENERATE(Precision::kFloat32, Precision::kBfloat16);
  CAPTURE(rule, momentum);
  json given = plain;
  if (momentum) given["momentum"] = 0.5;
  const std::vector<at::Tensor> looked = WeightsAfter(Made(rule, given, precision), true);
  const std::vector<at::Tensor> unwatched = WeightsAfter(Made(rule, given, precision), false);
  for (std::size_t i = 0; i < looked.size(); ++i) {
    CAPTURE(i);
    CHECK(at::allclose(looked[i], unwatched[i], 1e-4, 1e-6));
  }
}

TEST_CASE("What was left out of an update is not there for a later step") {
  Trained trained =
      Made("backprop", {{"optimizer", "sgd"}, {"momentum", 0}, {"learning_rate", 0.1}},
           Precision::kFloat32);
  trained.rule->Attach(trained.network);
  const Batch batch{.images = testing::Noise({5, 3, 8, 8}), .labels = at::arange(5) % 4};
  Batch unwatched = batch;
  unwatched.directions_wanted = false;
  const at::Tensor weight = trained.network.blocks()[0].layer.weight;
  const auto shown = [&] {
    const std::vector<at::Tensor>& list = trained.rule->update().parameters;
    return std::any_of(list.begin(), list.end(),
                       [&](const at::Tensor& parameter) { return parameter.is_same(weight); });
  };
  trained.rule->Learn(unwatched, {});
  CHECK_FALSE(shown());
  trained.rule->Learn(batch, {});
  REQUIRE(shown());
  const std::vector<at::Tensor>& list = trained.rule->update().parameters;
  at::Tensor direction;
  for (std::size_t i = 0; i < list.size(); ++i)
    if (list[i].is_same(weight)) direction = trained.rule->update().directions[i].clone();
  const at::Tensor before = weight.detach().clone();
  const double decay = 0.05;  // the rule's default
  trained.rule->Commit({});
  CHECK(at::allclose(weight.detach(), before - 0.1 * (direction + decay * before), 1e-5, 1e-6));
}

}  // namespace
}  // namespace plasticity
