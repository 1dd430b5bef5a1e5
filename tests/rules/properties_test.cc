// What the papers promise of their rules.
#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "suite/hebbian_rule.h"
#include "suite/optimizer.h"
#include "tests/rules/cells.h"

namespace plasticity {
namespace {

using testing::Gratings;
using testing::RuleCell;

// Gaussian data of `dimensions` with standard deviations that halve from one (random) direction to
// the next.
at::Tensor AnisotropicData(std::uint64_t seed, std::int64_t count, std::int64_t dimensions) {
  Stream stream = Streams(seed).For("data");
  at::Tensor normal = at::empty({count, dimensions}), mixed = at::empty({dimensions, dimensions});
  stream.FillNormal(normal.data_ptr<float>(), static_cast<std::size_t>(normal.numel()), 0, 1);
  stream.FillNormal(mixed.data_ptr<float>(), static_cast<std::size_t>(mixed.numel()), 0, 1);
  const at::Tensor directions = std::get<0>(at::linalg_qr(mixed));
  const at::Tensor deviations = at::pow(0.5, at::arange(dimensions, at::kFloat));
  return (normal * deviations).mm(directions.t());
}

TEST_CASE("Oja's unit becomes the first principal component, with norm 1") {
  const std::uint64_t seed = GENERATE(1u, 2u, 3u);
  const double start = GENERATE(0.1, 1.0, 3.0);
  const at::Tensor x = AnisotropicData(seed, 256, 8);
  const at::Tensor vectors = std::get<1>(at::linalg_eigh(x.t().mm(x)));  // eigenvalues ascend
  const at::Tensor component = vectors.select(1, 7);

  const nlohmann::json spec = {
      {"blocks", {{{"ops", {{{"op", "dense"}, {"out", 1}, {"bias", false}}}}}}}};
  Network network(spec, {.channels = 8, .flat = true}, 2, Streams(seed), at::kCPU);
  const auto rule =
      Registry<Rule>::Get().Make("oja", {{"learning_rate", 0.1}, {"init_radius", start}});
  rule->Attach(network);
  for (int step = 0; step < 300; ++step) rule->Step({x, {}}, {});
  const at::Tensor w = network.blocks()[0].layer.weight.flatten();
  CHECK(w.norm().item<double>() == Approx(1).epsilon(1e-3));
  CHECK(std::abs(w.dot(component).item<double>()) > 0.99);
}

// Images of 8 x 8 pixels on which each of 8 columns and 8 rows is drawn with chance 1/8: [count,
// 64].
at::Tensor Bars(Stream& stream, std::int64_t count) {
  at::Tensor images = at::zeros({count, 8, 8});
  for (std::int64_t n = 0; n < count; ++n) {
    for (std::int64_t line = 0; line < 16; ++line) {
      if (stream.Uniform() < 0.125) images[n].select(line / 8, line % 8).fill_(1);
    }
  }
  return images.flatten(1);
}

TEST_CASE("Foldiak's units each come to stand for a line of their own") {
  const std::uint64_t seed = GENERATE(1u, 2u, 3u);
  const nlohmann::json spec = {
      {"blocks", {{{"ops", {{{"op", "dense"}, {"out", 16}, {"bias", false}}}}}}}};
  Network network(spec, {.channels = 64, .flat = true}, 2, Streams(seed), at::kCPU);
  const auto rule = Registry<Rule>::Get().Make("foldiak", {{"init_radius", 1}});
  rule->Attach(network);
  Stream stream = Streams(seed).For("bars");
  for (int step = 0; step < 3000; ++step) rule->Step({Bars(stream, 8), {}}, {});
  at::Tensor lines = at::zeros({16, 8, 8});
  for (std::int64_t line = 0; line < 16; ++line) lines[line].select(line / 8, line % 8).fill_(1);
  // Each unit's weights are the mean of what it fires for: its line, and little of the others.
  const at::Tensor w = network.blocks()[0].layer.weight;
  const at::Tensor cosines =
      w.mm(lines.flatten(1).t()) / (w.norm(2, {1}, true) * std::sqrt(8.0));  // [units, lines]
  const auto [best, line] = cosines.max(1);
  INFO(cosines);
  CHECK(best.min().item<double>() > 0.8);
  CHECK(std::get<0>(at::_unique(line)).numel() == 16);
}

TEST_CASE("Foldiak's lateral weights and thresholds move towards what is asked of units") {
  const nlohmann::json spec = {
      {"blocks", {{{"ops", {{{"op", "dense"}, {"out", 2}, {"bias", false}}}}}}}};
  Network network(spec, {.channels = 2, .flat = true}, 2, Streams(1), at::kCPU);
  const auto rule = Registry<Rule>::Get().Make("foldiak", {});
  rule->Attach(network);
  network.blocks()[0].layer.weight.copy_(at::eye(2));
  // Both units fire for the first image, the first for the second, none for the others.
  const at::Tensor x = at::tensor({1.f, 1.f, 1.f, -1.f, -1.f, -1.f, -1.f, -1.f}).view({4, 2});
  rule->Step({x, {}}, {});
  StateCollector state;
  rule->Visit(state);
  const at::Tensor lateral = state.tensors.at("block1.lateral");
  CHECK(lateral[0][1].item<double>() == Approx(-0.1 * (1. / 4 - 1. / 64)));
  CHECK(at::equal(lateral, lateral.t()));
  CHECK(lateral[0][0].item<double>() == 0);
  const at::Tensor threshold = state.tensors.at("block1.threshold");
  CHECK(threshold[0].item<double>() == Approx(0.02 * (2. / 4 - 1. / 8)));
  CHECK(threshold[1].item<double>() == Approx(0.02 * (1. / 4 - 1. / 8)));
  // The first unit moves to the mean of both its images: w + 0.02 ((1, 1) + (1, -1) - 2 w) / 4.
  const at::Tensor w = network.blocks()[0].layer.weight;
  CHECK(w[0][0].item<double>() == Approx(1));
  CHECK(w[0][1].item<double>() == Approx(0).margin(1e-7));
  CHECK(w[1][0].item<double>() == Approx(0.02 / 4));
  CHECK(w[1][1].item<double>() == Approx(1));
}

TEST_CASE("SoftHebb's weights approach norm 1") {
  RuleCell cell("softhebb", testing::TinyConvolutions(), 4, {{"init_radius", 3}});
  const auto distance = [&](std::size_t block) {
    const at::Tensor norms = cell.network().blocks()[block].layer.weight.flatten(1).norm(2, {1});
    return (norms - 1).abs().mean().item<double>();
  };
  const double first = distance(0), second = distance(1);
  CHECK(first > 1);
  cell.Train(400, 400, false);
  CHECK(distance(0) < first / 10);
  CHECK(distance(1) < second / 2);
}

TEST_CASE("SPHeRe's loss falls, on the batches it learns from and on others") {
  const nlohmann::json spec = GENERATE(testing::TinyConvolutions(), testing::TinyDense());
  const int columns = GENERATE(8, 0);  // 0: none
  RuleCell cell("sphere", spec, 4,
                {{"projection", columns}, {"learning_rate", 0.005}, {"schedule", "constant"}});
  const auto loss = [&](std::int64_t from, std::int64_t steps) {
    double sum = 0;
    for (std::int64_t step = from; step < from + steps; ++step) {
      sum += cell.Train(step + 1, 200, false).loss.item<double>();
    }
    return sum / static_cast<double>(steps);
  };
  const double first = loss(0, 5);
  loss(5, 90);
  CHECK(loss(95, 5) < 0.8 * first);  // of batches that it had not seen
}

TEST_CASE("backprop learns the labels") {
  RuleCell cell("backprop", testing::TinyConvolutions(), 4,
                {{"learning_rate", 0.01}, {"schedule", "constant"}});
  cell.Train(60, 60, true);
  const Batch test = Gratings(9999, 200);
  const at::Tensor scores = cell.network().head().Forward(cell.rule().Features(test.images));
  CHECK((scores.argmax(1) == test.labels).to(at::kFloat).mean().item<double>() > 0.9);
}

}  // namespace
}  // namespace plasticity
