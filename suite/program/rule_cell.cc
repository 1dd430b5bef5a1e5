#include "suite/program/rule_cell.h"

#include <ATen/ATen.h>

#include <cmath>
#include <numbers>

namespace plasticity {

Batch Gratings(std::uint64_t seed, std::int64_t count, std::int64_t side, std::int64_t classes) {
  Stream stream = Streams(seed).For("gratings");
  at::Tensor images = at::empty({count, 3, side, side});
  at::Tensor labels = at::empty({count}, at::kLong);
  stream.FillNormal(images.data_ptr<float>(), static_cast<std::size_t>(images.numel()), 0, 0.3);
  auto pixels = images.accessor<float, 4>();
  for (std::int64_t n = 0; n < count; ++n) {
    const auto label = static_cast<std::int64_t>(stream.Below(static_cast<std::uint64_t>(classes)));
    labels[n] = label;
    const double angle =
        std::numbers::pi * static_cast<double>(label) / static_cast<double>(classes);
    const double phase = 2 * std::numbers::pi * stream.Uniform();
    for (std::int64_t c = 0; c < 3; ++c) {
      const double contrast = 0.7 + stream.Uniform();
      for (std::int64_t y = 0; y < side; ++y) {
        for (std::int64_t x = 0; x < side; ++x) {
          const double along =
              std::cos(angle) * static_cast<double>(x) + std::sin(angle) * static_cast<double>(y);
          pixels[n][c][y][x] += static_cast<float>(contrast * std::sin(1.4 * along + phase));
        }
      }
    }
  }
  return {.images = images, .labels = labels};
}

nlohmann::json TinyConvolutions() {
  return nlohmann::json::parse(R"({"name": "tiny-cnn", "blocks": [
    {"ops": [{"op": "conv", "out": 8, "kernel": 3, "padding": 1}, {"op": "batch_norm"}, {"op": "leaky_relu"},
             {"op": "max_pool"}]},
    {"ops": [{"op": "batch_norm", "affine": false}, {"op": "conv", "out": 12, "kernel": 3, "padding": 1,
              "reflect": true, "bias": false}, {"op": "triangle", "power": 0.7}, {"op": "avg_pool"}]}],
    "features": [{"op": "flatten"}]})");
}

nlohmann::json TinyDense() {
  return nlohmann::json::parse(R"({"name": "tiny-mlp", "blocks": [
    {"ops": [{"op": "flatten"}, {"op": "dense", "out": 16}, {"op": "batch_norm"}, {"op": "relu"}]},
    {"ops": [{"op": "dense", "out": 10}, {"op": "batch_norm"}, {"op": "relu"}]}]})");
}

RuleCell::RuleCell(const std::string& rule, const nlohmann::json& spec, std::uint64_t seed,
                   const nlohmann::json& params, at::Device device)
    : RuleCell(Registry<Rule>::Get().Make(rule, params), spec, seed,
               {.channels = 3, .height = 8, .width = 8}, 4, device) {}

RuleCell::RuleCell(std::unique_ptr<Rule> rule, const nlohmann::json& spec, std::uint64_t seed,
                   const Shape& image, std::int64_t classes, at::Device device)
    : network_(spec, image, classes, Streams(seed), device), rule_(std::move(rule)) {
  rule_->Attach(network_);
}

StepReport RuleCell::Train(std::int64_t from, std::int64_t to, std::int64_t steps, bool labelled,
                           std::int64_t label_shift) {
  StepReport report;
  for (std::int64_t step = from; step < to; ++step) {
    Batch batch = Gratings(100 + static_cast<std::uint64_t>(step), 12);
    batch.images = batch.images.to(network_.device());
    batch.labels =
        labelled ? ((batch.labels + label_shift) % 4).to(network_.device()) : at::Tensor();
    report = rule_->Step(
        batch, {.step = step, .steps = steps, .epoch = step / 5, .epochs = (steps + 4) / 5,
         .draw = static_cast<std::uint64_t>(step)});
  }
  return report;
}

void RuleCell::Visit(StateVisitor& visitor) {
  ScopedVisitor network(visitor, "network");
  network_.Visit(network);
  ScopedVisitor rule(visitor, "rule");
  rule_->Visit(rule);
}

Snapshot RuleCell::Save() {
  Snapshot snapshot;
  StateSaver saver(snapshot);
  Visit(saver);
  return snapshot;
}

}  // namespace plasticity
