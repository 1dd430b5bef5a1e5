// What difference target propagation promises.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <catch2/catch.hpp>

#include "suite/supervised_rule.h"
#include "tests/rules/cells.h"

namespace plasticity {
namespace {

using nlohmann::json;
using testing::Gratings;
using testing::RuleCell;

TEST_CASE("without a change at the top, targets are the activities themselves") {
  const json spec = GENERATE(testing::TinyConvolutions(), testing::TinyDense());
  CAPTURE(spec.at("name"));
  // Whatever the inverses are, and although they and the head learn.
  RuleCell cell("dtp", spec, 4, {{"target_rate", 0}, {"weight_decay", 0}});
  std::vector<at::Tensor> before;
  for (const Block& block : cell.network().blocks()) {
    for (const at::Tensor& parameter : block.Parameters())
      before.push_back(parameter.detach().clone());
  }
  const at::Tensor head = cell.network().head().weight.detach().clone();
  cell.Train(5, 5, true);
  std::size_t next = 0;
  for (const Block& block : cell.network().blocks()) {
    for (const at::Tensor& parameter : block.Parameters())
      CHECK(at::equal(parameter, before[next++]));
  }
  CHECK_FALSE(at::equal(cell.network().head().weight, head));
}

TEST_CASE("in an invertible linear network, targets come through the true inverse, and help") {
  const json spec = json::parse(R"({"blocks": [
    {"ops": [{"op": "flatten"}, {"op": "dense", "out": 8}]}, {"ops": [{"op": "dense", "out": 8}]}]})");
  // The inverse learns, the network rests.
  RuleCell cell("dtp", spec, 4,
                {{"learning_rate", 1e-12},
                 {"inverse_learning_rate", 0.01},
                 {"noise", 1},
                 {"schedule", "constant"}});
  Network& network = cell.network();
  at::Tensor w1 = network.blocks()[0].layer.weight.detach();
  at::Tensor w2 = network.blocks()[1].layer.weight.detach();
  const at::Tensor stretch = at::linspace(0.5, 2, 8);
  w2.copy_(std::get<0>(at::linalg_qr(w2)) * stretch);  // far from orthogonal: W^-1 is not W^T
  cell.Train(600, 600, true);

  const Batch batch = Gratings(77, 32);
  const auto loss = [&] {
    const at::NoGradGuard no_gradients;
    const at::Tensor scores = network.head().Forward(network.Features(batch.images));
    return at::cross_entropy_loss(scores, batch.labels).item<double>();
  };
  const at::Tensor scores = network.head().Forward(network.Features(batch.images)).detach();
  const at::Tensor e = (at::softmax(scores, 1) - at::one_hot(batch.labels, 4)) / 32;
  const at::Tensor top = e.mm(network.head().weight.detach());  // dloss/dh [n, 8]
  const at::Tensor x = batch.images.flatten(1);
  const auto through = [&](const at::Tensor& back) { return top.mm(back).t().mm(x); };

  dynamic_cast<SupervisedRule&>(cell.rule()).ComputeGradients(batch, {.step = 600});
  const at::Tensor gradient = network.blocks()[0].layer.weight.grad().clone();
  const auto cosine = [&](const at::Tensor& a) {
    return ((a * gradient).sum() / (a.norm() * gradient.norm())).item<double>();
  };
  CHECK(cosine(through(at::linalg_inv(w2).t())) > 0.99);
  CHECK(cosine(through(w2)) < 0.95);  // backpropagation's

  const double before = loss();
  w1.sub_(0.01 * gradient);
  CHECK(loss() < before);
}

TEST_CASE("difference target propagation learns the labels") {
  const json spec = GENERATE(testing::TinyConvolutions(), testing::TinyDense());
  CAPTURE(spec.at("name"));
  RuleCell cell(
      "dtp", spec, 4,
      {{"learning_rate", 0.01}, {"inverse_learning_rate", 0.01}, {"schedule", "constant"}});
  cell.Train(100, 100, true);
  const Batch test = Gratings(9999, 200);
  const at::Tensor scores = cell.network().head().Forward(cell.rule().Features(test.images));
  CHECK((scores.argmax(1) == test.labels).to(at::kFloat).mean().item<double>() > 0.8);
}

}  // namespace
}  // namespace plasticity
