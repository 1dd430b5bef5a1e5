#include "suite/feedback_rule.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/noise.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

using nlohmann::json;

// Feedback through the true weights: backpropagation.
class Transposed final : public FeedbackRule {
 public:
  explicit Transposed(Params& params) : FeedbackRule(params) {}
  at::Tensor FeedbackWeight(std::size_t, const at::Tensor& weight, const Progress&) override {
    return weight.detach();
  }
};

// Nothing comes back at all: only the head learns.
class Silent final : public FeedbackRule {
 public:
  explicit Silent(Params& params) : FeedbackRule(params) {}
  at::Tensor FeedbackWeight(std::size_t, const at::Tensor&, const Progress&) override { return {}; }
  at::Tensor OutputError(std::size_t index, const at::Tensor&, const at::Tensor&) override {
    const Shape& shape = network().blocks()[index].output_shape();
    return shape.flat ? at::zeros({6, shape.channels})
                      : at::zeros({6, shape.channels, shape.height, shape.width});
  }
};

const std::vector<const char*> kNetworks = {
    R"({"name": "dense", "blocks": [
      {"ops": [{"op": "flatten"}, {"op": "dense", "out": 16}, {"op": "batch_norm"}, {"op": "relu"}]},
      {"ops": [{"op": "batch_norm"}, {"op": "dense", "out": 10, "bias": false}, {"op": "leaky_relu"}]},
      {"ops": [{"op": "dense", "out": 9}]}]})",
    R"({"name": "convolutions", "blocks": [
      {"ops": [{"op": "batch_norm"}, {"op": "conv", "out": 8, "kernel": 3, "padding": 1},
               {"op": "batch_norm"}, {"op": "leaky_relu"}, {"op": "max_pool", "kernel": 4, "stride": 2, "padding": 1}]},
      {"ops": [{"op": "batch_norm"}, {"op": "conv", "out": 12, "kernel": 3, "padding": 1,
               "reflect": true, "bias": false}, {"op": "triangle", "power": 0.7}, {"op": "avg_pool"}]},
      {"ops": [{"op": "flatten"}, {"op": "dense", "out": 7}, {"op": "relu"}]}]})",
    R"({"name": "skips and strides", "blocks": [
      {"ops": [{"op": "conv", "out": 6, "kernel": 3, "stride": 2, "padding": 1}, {"op": "relu"}]},
      {"ops": [{"op": "conv", "out": 6, "kernel": 3, "padding": 1}, {"op": "batch_norm"}, {"op": "relu"}],
       "residual": true},
      {"ops": [{"op": "relu"}, {"op": "conv", "out": 9, "kernel": 3, "padding": 1}, {"op": "batch_norm"},
               {"op": "leaky_relu", "slope": 0.2}, {"op": "max_pool"}], "residual": true}],
      "features": [{"op": "adaptive_avg_pool", "size": 1}, {"op": "flatten"}]})",
    R"({"name": "bare convolutions", "blocks": [
      {"ops": [{"op": "conv", "out": 6, "kernel": 3}]},
      {"ops": [{"op": "conv", "out": 5, "kernel": 2, "stride": 3}]}]})"};

Batch Images() { return {.images = testing::Noise({6, 3, 8, 8}), .labels = at::arange(6) % 4}; }

Network Built(const char* spec, Precision precision = Precision::kFloat32) {
  return Network(json::parse(spec), {.channels = 3, .height = 8, .width = 8}, 4, Streams(3),
                 at::kCPU, precision);
}

std::vector<at::Tensor> Parameters(Network& network) {
  std::vector<at::Tensor> parameters = {network.head().weight, network.head().bias};
  for (const Block& block : network.blocks()) {
    for (const at::Tensor& parameter : block.Parameters()) parameters.push_back(parameter);
  }
  return parameters;
}

// The gradients of the mean cross-entropy by autograd, which the network's parameters then hold.
StepReport Backprop(Network& network, const Batch& batch) {
  for (at::Tensor& parameter : Parameters(network)) parameter.requires_grad_();
  at::Tensor x = batch.images;
  for (Block& block : network.blocks()) x = block.Forward(x, true);
  const at::Tensor features = network.Readable(x);
  const at::Tensor loss = at::cross_entropy_loss(network.head().Forward(features), batch.labels);
  loss.backward();
  return {.features = features.detach(), .loss = loss.detach()};
}

template <typename SomeRule>
StepReport Gradients(Network& network, const Batch& batch) {
  Params params("test");
  SomeRule rule(params);
  rule.Attach(network);
  return rule.ComputeGradients(batch, {});
}

double Norm(const std::vector<at::Tensor>& parameters) {
  double sum = 0;
  for (const at::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) sum += parameter.grad().square().sum().item<double>();
  }
  return std::sqrt(sum);
}

TEST_CASE("feedback through the true weights is backpropagation") {
  const char* spec = GENERATE(from_range(kNetworks));
  const Precision precision = GENERATE(Precision::kFloat32, Precision::kBfloat16);
  CAPTURE(json::parse(spec).at("name"), precision == Precision::kBfloat16);
  const double tolerance = precision == Precision::kBfloat16 ? 1e-2 : 1e-5;
  Network fed = Built(spec, precision), reference = Built(spec, precision);
  const Batch batch = Images();
  const StepReport report = Gradients<Transposed>(fed, batch);
  const StepReport expected = Backprop(reference, batch);
  CHECK(at::allclose(report.features, expected.features));
  CHECK(report.loss.item<double>() == Approx(expected.loss.item<double>()));
  const std::vector<at::Tensor> mine = Parameters(fed), theirs = Parameters(reference);
  // A shift in front of batch norm has no gradient but rounding, so all gradients' size counts too.
  const double floor = 0.1 * Norm(theirs);
  for (std::size_t i = 0; i < mine.size(); ++i) {
    CAPTURE(i, mine[i].sizes());
    REQUIRE(mine[i].grad().defined());
    const double size = std::max(floor, Norm({theirs[i]}));
    CHECK((mine[i].grad() - theirs[i].grad()).norm().item<double>() < tolerance * size);
  }
}

TEST_CASE("errors cross a layer by the feedback alone") {
  const char* spec = GENERATE(from_range(kNetworks));
  CAPTURE(json::parse(spec).at("name"));
  Network network = Built(spec), reference = Built(spec);
  const Batch batch = Images();
  Gradients<Silent>(network, batch);
  Backprop(reference, batch);
  const std::vector<at::Tensor> mine = Parameters(network), theirs = Parameters(reference);
  for (std::size_t i = 0; i < mine.size(); ++i) {
    CAPTURE(i, mine[i].sizes());
    if (i < 2) {
      CHECK(at::allclose(mine[i].grad(), theirs[i].grad(), 1e-4, 1e-6));
    } else {
      CHECK((!mine[i].grad().defined() || mine[i].grad().count_nonzero().item<double>() == 0));
    }
  }
}

TEST_CASE("the guard puts running statistics back, and nothing else") {
  Network network = Built(kNetworks[1]);
  const Batch batch = Images();
  for (at::Tensor& parameter : Parameters(network)) parameter.requires_grad_();
  const auto saved = [&] {
    Snapshot snapshot;
    StateSaver saver(snapshot);
    network.Visit(saver);
    return snapshot;
  };
  const Snapshot before = saved();
  {
    const RunningStatisticsGuard guard(network);
    network.blocks()[0].Forward(batch.images, true);
    network.head().bias.detach().fill_(7);
    CHECK_FALSE(
        at::equal(saved().tensors.at("block1.op1.mean"), before.tensors.at("block1.op1.mean")));
  }
  const Snapshot after = saved();
  for (const auto& [name, tensor] : before.tensors) {
    CAPTURE(name);
    CHECK(at::equal(tensor, after.tensors.at(name)) == (name != "head.bias"));
  }
}

}  // namespace
}  // namespace plasticity
