// What predictive coding promises.
#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "tests/rules/cells.h"

namespace plasticity {
namespace {

using nlohmann::json;
using testing::Gratings;
using testing::RuleCell;

// The first step's change of all blocks' weights under plain gradient descent, as one vector each.
std::vector<at::Tensor> FirstChange(const std::string& rule, const json& spec, const json& more,
                                    double head_scale) {
  json params = {{"optimizer", "sgd"},
                 {"momentum", 0},
                 {"weight_decay", 0},
                 {"schedule", "constant"},
                 {"learning_rate", 1}};
  params.update(more);
  RuleCell cell(rule, spec, 4, params);
  cell.network().head().weight.detach().mul_(head_scale);
  std::vector<at::Tensor> changes;
  for (const Block& block : cell.network().blocks())
    changes.push_back(block.layer.weight.detach().clone());
  cell.Train(1, 1, true);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const at::Tensor& after = cell.network().blocks()[i].layer.weight;
    changes[i] = (after.detach() - changes[i]).flatten().to(at::kDouble);
  }
  return changes;
}

double Cosine(const at::Tensor& a, const at::Tensor& b) {
  return (a.dot(b) / (a.norm() * b.norm())).item<double>();
}

TEST_CASE("predictive coding comes to backpropagation as the output error gets small") {
  const json spec = testing::TinyDense();
  const double small = 0.01;  // of the head's weights, and so of the error at the features
  const std::vector<at::Tensor> backprop = FirstChange("backprop", spec, json::object(), small);
  const std::vector<at::Tensor> settled =
      FirstChange("pc", spec, {{"inference_steps", 400}, {"inference_rate", 0.05}}, small);
  for (std::size_t i = 0; i < backprop.size(); ++i) {
    CAPTURE(i);
    CHECK(Cosine(settled[i], backprop[i]) > 0.99);
    CHECK((settled[i].norm() / backprop[i].norm()).item<double>() == Approx(1).epsilon(0.1));
  }
}

TEST_CASE("a few settling steps give predictive coding a direction near backpropagation's") {
  const json spec = GENERATE(testing::TinyConvolutions(), testing::TinyDense());
  CAPTURE(spec.at("name"));
  const std::vector<at::Tensor> few = FirstChange("pc", spec, json::object(), 1);
  const std::vector<at::Tensor> full = FirstChange("backprop", spec, json::object(), 1);
  for (std::size_t i = 0; i < few.size(); ++i) {
    CAPTURE(i);
    CHECK(Cosine(few[i], full[i]) > 0.9);
  }
}

TEST_CASE("the energy falls as activities settle, from the cross-entropy of the forward pass") {
  const json spec = GENERATE(testing::TinyConvolutions(), testing::TinyDense());
  CAPTURE(spec.at("name"));
  double before = RuleCell("backprop", spec, 4).Train(1, 1, true).loss.item<double>();
  for (const int steps : {1, 2, 4, 8, 16, 32}) {
    CAPTURE(steps);
    RuleCell cell("pc", spec, 4, {{"inference_steps", steps}});
    const double energy = cell.Train(1, 1, true).loss.item<double>();
    CHECK(energy < before);
    before = energy;
  }
}

TEST_CASE("settling leaves running statistics to the forward pass") {
  const json spec = testing::TinyConvolutions();
  RuleCell settled("pc", spec, 4), reference("backprop", spec, 4);
  settled.Train(1, 1, true);
  reference.Train(1, 1, true);
  const Snapshot mine = settled.Save(), theirs = reference.Save();
  for (const char* name : {"network.block1.op0.mean", "network.block1.op0.variance",
                           "network.block2.op0.mean", "network.block2.op0.variance"}) {
    CAPTURE(name);
    CHECK(at::allclose(mine.tensors.at(name), theirs.tensors.at(name)));
  }
}

TEST_CASE("predictive coding learns the labels") {
  const json spec = GENERATE(testing::TinyConvolutions(), testing::TinyDense());
  CAPTURE(spec.at("name"));
  RuleCell cell("pc", spec, 4, {{"learning_rate", 0.01}, {"schedule", "constant"}});
  cell.Train(100, 100, true);
  const Batch test = Gratings(9999, 200);
  const at::Tensor scores = cell.network().head().Forward(cell.rule().Features(test.images));
  CHECK((scores.argmax(1) == test.labels).to(at::kFloat).mean().item<double>() > 0.8);
}

}  // namespace
}  // namespace plasticity
