// Feedback alignment, direct feedback alignment and sign symmetry.
#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "suite/feedback_rule.h"
#include "tests/rules/cells.h"

namespace plasticity {
namespace {

using nlohmann::json;
using testing::Gratings;
using testing::RuleCell;

double Accuracy(RuleCell& cell) {
  const Batch test = Gratings(9999, 200);
  const at::Tensor scores = cell.network().head().Forward(cell.rule().Features(test.images));
  return (scores.argmax(1) == test.labels).to(at::kFloat).mean().item<double>();
}

// What a rule sends errors back through in `layer` at draw `step`.
at::Tensor Sent(RuleCell& cell, std::size_t layer, std::int64_t step) {
  auto& rule = dynamic_cast<FeedbackRule&>(cell.rule());
  const std::vector<Block>& blocks = cell.network().blocks();
  const at::Tensor& weight =
      layer < blocks.size() ? blocks[layer].layer.weight : cell.network().head().weight;
  return rule.FeedbackWeight(layer, weight.detach(), {.draw = static_cast<std::uint64_t>(step)});
}

TEST_CASE("rules that send errors back learn the labels") {
  const auto [rule, params] =
      GENERATE(table<std::string, json>({{"fa", json::object()},
                                         {"dfa", json::object()},
                                         {"signsym", {{"variant", "usf"}}},
                                         {"signsym", {{"variant", "brsf"}}},
                                         {"signsym", {{"variant", "frsf"}}}}));
  const json spec = GENERATE(testing::TinyConvolutions(), testing::TinyDense());
  CAPTURE(rule, params, spec.at("name"));
  json given = params;
  given.update({{"learning_rate", 0.01}, {"schedule", "constant"}});
  RuleCell cell(rule, spec, 4, given);
  CHECK(Accuracy(cell) < 0.5);
  cell.Train(100, 100, true);
  CHECK(Accuracy(cell) > 0.8);
}

TEST_CASE("feedback alignment's weights are fixed, and random apart from the forward weights") {
  RuleCell cell("fa", testing::TinyConvolutions(), 4);
  for (std::size_t layer = 0; layer < 3; ++layer) {
    CAPTURE(layer);
    const at::Tensor first = Sent(cell, layer, 0).clone();
    cell.Train(3, 3, true);
    CHECK(at::equal(first, Sent(cell, layer, 3)));
  }
  const at::Tensor w = cell.network().blocks()[1].layer.weight.detach();
  const at::Tensor b = Sent(cell, 1, 0);
  CHECK(b.is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(b.abs().max().item<double>() == Approx(1 / std::sqrt(8 * 9.0)).epsilon(0.05));
  CHECK(std::abs((b * w).sum().item<double>()) < 0.2 * (b.norm() * w.norm()).item<double>());
}

TEST_CASE("feedback alignment aligns: the head's weights turn towards its feedback") {
  RuleCell cell("fa", testing::TinyDense(), 4,
                {{"learning_rate", 0.01}, {"weight_decay", 0}, {"schedule", "constant"}});
  const auto cosine = [&] {
    const at::Tensor w = cell.network().head().weight.detach(), b = Sent(cell, 2, 0);
    return ((b * w).sum() / (b.norm() * w.norm())).item<double>();
  };
  const double before = cosine();
  cell.Train(200, 200, true);
  CHECK(cosine() > before + 0.2);
}

TEST_CASE("sign symmetry sends errors through the signs of the present weights") {
  const std::string variant = GENERATE("usf", "brsf", "frsf");
  CAPTURE(variant);
  RuleCell cell("signsym", testing::TinyConvolutions(), 4, {{"variant", variant}});
  cell.Train(2, 2, true);
  for (std::size_t layer = 0; layer < 3; ++layer) {
    CAPTURE(layer);
    const std::vector<Block>& blocks = cell.network().blocks();
    const at::Tensor weight =
        (layer < 2 ? blocks[layer].layer.weight : cell.network().head().weight).detach();
    const double fan_in = static_cast<double>(weight.numel() / weight.size(0));
    const at::Tensor now = Sent(cell, layer, 2), next = Sent(cell, layer, 3);
    CHECK(at::equal(now, Sent(cell, layer, 2)));
    CHECK(at::equal(now.sign(), weight.sign()));
    CHECK(at::equal(now, next) == (variant != "brsf"));
    // Root mean square of a weight as it starts: 1/sqrt(3 fan-in).
    CHECK(now.square().mean().sqrt().item<double>() ==
          Approx(1 / std::sqrt(3 * fan_in)).epsilon(0.15));
    const bool constant = now.abs().max().item<double>() == now.abs().min().item<double>();
    CHECK(constant == (variant == "usf"));
  }
}

TEST_CASE(
    "direct feedback alignment projects the output error onto every block, whatever the weights") {
  RuleCell cell("dfa", testing::TinyConvolutions(), 4);
  auto& rule = dynamic_cast<FeedbackRule&>(cell.rule());
  const at::Tensor e = at::eye(4) - 0.25;  // [4, classes]
  for (std::size_t i = 0; i < 2; ++i) {
    CAPTURE(i);
    const at::Tensor first = rule.OutputError(i, e, {}).clone();
    CHECK(first.sizes() ==
          (i == 0 ? at::IntArrayRef({4, 8, 4, 4}) : at::IntArrayRef({4, 12, 2, 2})));
    CHECK(first.is_contiguous(at::MemoryFormat::ChannelsLast));
    CHECK(at::allclose(rule.OutputError(i, 3 * e, {}), 3 * first));
    cell.Train(3, 3, true);
    CHECK(at::equal(first, rule.OutputError(i, e, {})));
    CHECK_FALSE(Sent(cell, i, 3).defined());
  }
  CHECK_FALSE(Sent(cell, 2, 3).defined());
}

}  // namespace
}  // namespace plasticity
