// Strategies that hold weights or outputs in place, and what they are made of.
#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "suite/base/error.h"
#include "suite/engine/loader.h"
#include "suite/learner.h"
#include "suite/learner_snapshot.h"
#include "suite/ops/distillation.h"
#include "suite/ops/importance.h"
#include "suite/program/rule_cell.h"
#include "tests/noise.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

using testing::Noise;

const char* const kPenalties[] = {"ewc", "online-ewc", "si", "mas"};

// Gratings in two experiences of two classes, and a learner of them.
class Bench {
 public:
  Bench(const std::string& rule, const std::string& readout, const std::string& strategy,
        const nlohmann::json& params = nlohmann::json::object())
      : rule_(rule), readout_(readout), learner_(Make(strategy, params)) {
    const Samples all = First(AllOf(GratingData()->train), 160);
    std::vector<Experience> parts(2);
    parts[0].train = OfClasses(all, {0, 1});
    parts[1].train = OfClasses(all, {2, 3});
    stream_ = Arrange(parts, {.home = {0, 0, 1, 1}, .local = {0, 1, 0, 1}}, Increment::kTask);
  }

  Learner& learner() { return *learner_; }
  Experience& experience(std::size_t place) { return stream_.all[place]; }

  void Begin(std::size_t place) {
    learner_->strategy().Enter(
        {.experiences = &stream_,
         .now = &stream_[place],
         .streams = &streams_,
         .load = [this](const Samples& samples) { return Load(samples); },
         .like = [this] { return Make("finetune", nlohmann::json::object()); }});
    learner_->strategy().Begin(stream_[place]);
  }
  void Steps(std::size_t place, std::int64_t count) {
    for (std::int64_t step = 0; step < count; ++step) {
      learner_->Step(Load(Slice(stream_[place].train, 12 * step, 12 * step + 12)),
                     {.step = step, .steps = count, .draw = draw_++});
    }
  }
  void End(std::size_t place) { learner_->strategy().End(stream_[place]); }
  void Learn(std::size_t place, std::int64_t count) {
    Begin(place);
    Steps(place, count);
    End(place);
  }

  Batch Load(const Samples& samples) const { return loader_.LoadRange(samples, 0, samples.size()); }
  at::Tensor Scores(std::size_t place) {
    const Batch batch = Load(stream_[place].train);
    return learner_->readout().Scores(learner_->Features(batch.images)).detach();
  }
  // Everything that gradients train, in one row.
  at::Tensor Weights() {
    std::vector<at::Tensor> flat;
    StateCollector collector;
    learner_->network().Visit(collector);
    for (const auto& [name, tensor] : collector.tensors)
      if (tensor.requires_grad()) flat.push_back(tensor.detach().flatten());
    return at::cat(flat).clone();
  }

 private:
  std::unique_ptr<Learner> Make(const std::string& strategy, const nlohmann::json& params) const {
    LearnerParts parts;
    parts.rule_info = Registry<Rule>::Get().Find(rule_).info;
    parts.rule = Registry<Rule>::Get().Make(rule_, {{"batch_size", 12}});
    parts.readout_info = Registry<Readout>::Get().Find(readout_).info;
    parts.readout = Registry<Readout>::Get().Make(readout_, nlohmann::json::object());
    parts.strategy_info = Registry<Strategy>::Get().Find(strategy).info;
    parts.strategy = Registry<Strategy>::Get().Make(strategy, params);
    parts.network = std::make_unique<Network>(
        TinyConvolutions(), Shape{.channels = 3, .height = 8, .width = 8}, 4, streams_, at::kCPU);
    return std::make_unique<Learner>("learner", std::move(parts), 3 * 8 * 8, 4);
  }

  Streams streams_{1};
  Loader loader_{*GratingData(), InputNormalization::kStandardize, at::kCPU};
  std::string rule_, readout_;
  Experiences stream_;
  std::unique_ptr<Learner> learner_;
  std::uint64_t draw_ = 0;
};

TEST_CASE("a penalty's pull is half its gradient, and a sum of penalties pulls as both do") {
  const Quadratic a{Noise({5}, 1).abs(), Noise({5}, 2)}, b{Noise({5}, 3).abs(), Noise({5}, 4)};
  const at::Tensor weight = Noise({5}, 5).requires_grad_();
  (a.importance * (weight - a.anchor).square()).sum().backward();
  CHECK(at::allclose(a.Pull(weight), weight.grad() / 2));
  CHECK(at::allclose(Sum(a, b).Pull(weight), a.Pull(weight) + b.Pull(weight), 1e-4, 1e-6));
  const Quadratic none{at::zeros({5}), Noise({5}, 6)};
  CHECK(at::equal(Sum(none, none).Pull(weight), at::zeros({5})));
  CHECK(at::equal(Sum({}, a).anchor, a.anchor));
}

TEST_CASE(
    "the Fisher information of a softmax's biases is p (1 - p), and 0 where no label depends") {
  const at::Tensor weight = Noise({3, 4}, 1), bias = Noise({3}, 2), idle = Noise({2}, 3);
  const Batch batch{.images = Noise({6, 4}, 4),
                    .labels = at::tensor({0, 1, 0, 1, 0, 1}, at::kLong)};
  const OutputsOf scores = [&](const Batch& some) { return at::linear(some.images, weight, bias); };
  const auto fisher = FisherDiagonal(scores, {bias, idle}, batch, FisherKind::kModel, 2);
  const at::Tensor p = at::softmax(scores(batch), 1);
  CHECK(at::allclose(fisher[0], (p * (1 - p)).mean(0), 1e-4, 1e-6));
  CHECK(at::equal(fisher[1], at::zeros({2})));
  CHECK_FALSE(bias.requires_grad());  // nothing trains it, as before
  Batch two = batch;
  two.candidates = at::tensor({1, 1, 0}, at::kLong).to(at::kBool);
  const auto among = FisherDiagonal(scores, {bias}, two, FisherKind::kModel, 2);
  CHECK(among[0][2].item<float>() == 0);
  CHECK(among[0][0].item<float>() > 0);
  const auto soft = FisherDiagonal(scores, {bias}, batch, FisherKind::kModel, 2, 1e-6);
  CHECK(at::allclose(soft[0] / 1e-12, at::full({3}, 2.0 / 9), 1e-3));
}

TEST_CASE("a distillation among all classes is not that among the earlier ones") {
  const at::Tensor scores = Noise({4, 3}, 1), old = at::tensor({1, 1, 0}, at::kLong).to(at::kBool);
  const at::Tensor all = at::ones({3}, at::kBool);
  const at::Tensor own = DistillationLoss(scores, scores, old, old, 2);
  CHECK(own.item<float>() < DistillationLoss(scores, scores, old, all, 2).item<float>());
  const at::Tensor leaf = scores.clone().requires_grad_();
  DistillationLoss(leaf, scores, old, old, 2).backward();
  CHECK(at::allclose(leaf.grad(), at::zeros({4, 3}), 1e-5, 1e-7));
}

TEST_CASE("without strength a penalty is finetune, and with it weights stay nearer") {
  const std::string strategy = GENERATE(from_range(std::begin(kPenalties), std::end(kPenalties)));
  CAPTURE(strategy);
  const auto drift = [](const std::string& name, const nlohmann::json& params) {
    Bench bench("backprop", "online", name, params);
    bench.Learn(0, 5);
    const at::Tensor before = bench.Weights();
    bench.Learn(1, 5);
    return at::Tensor(bench.Weights() - before);
  };
  const at::Tensor free = drift("finetune", nlohmann::json::object());
  CHECK(at::equal(drift(strategy, {{"strength", 0}}), free));
  if (strategy == "si") CHECK(at::equal(drift("si", {{"strength", 0}, {"beta", 0.5}}), free));
  const at::Tensor held = drift(strategy, {{"strength", 1e5}});
  CHECK(held.square().sum().item<float>() < 0.9 * free.square().sum().item<float>());
}

TEST_CASE("finding importance leaves the learner as it is") {
  const auto [rule, strategy] = GENERATE(table<std::string, std::string>(
      {{"backprop", "ewc"}, {"sphere", "ewc"}, {"sphere", "mas"}, {"softhebb", "mas"}}));
  CAPTURE(rule, strategy);
  Bench bench(rule, "online", strategy);
  bench.Begin(0);
  bench.Steps(0, 3);
  const Snapshot before = StateOf(bench.learner());
  bench.End(0);
  const Snapshot after = StateOf(bench.learner());
  for (const auto& [name, tensor] : before.tensors) {
    CAPTURE(name);
    CHECK(at::equal(tensor, after.tensors.at(name)));
  }
  // What it keeps reaches blocks and readout.
  StateCollector kept;
  bench.learner().strategy().Visit(kept);
  for (const char* name : {"importance.network.block1.weight", "importance.network.head.weight"}) {
    CAPTURE(name);
    REQUIRE(kept.tensors.contains(name));
    CHECK(kept.tensors.at(name).abs().sum().item<float>() > 0);
  }
}

TEST_CASE("lwf keeps the scores that earlier classes had, of a head and of a readout beside") {
  const std::string rule = GENERATE("backprop", "sphere");
  CAPTURE(rule);
  const auto drift = [&](double strength) {
    Bench bench(rule, "online", "lwf", {{"strength", strength}});
    bench.Learn(0, 5);
    const at::Tensor before = bench.Scores(1);
    bench.Learn(1, 5);
    const at::Tensor moved = at::log_softmax(bench.Scores(1).slice(1, 0, 2), 1) -
                             at::log_softmax(before.slice(1, 0, 2), 1);
    return moved.square().mean().item<double>();
  };
  CHECK(drift(100) < drift(0));
}

TEST_CASE("what cannot carry a strategy is told so in a sentence") {
  const auto make = [](const std::string& rule, const std::string& readout,
                       const std::string& strategy) { Bench(rule, readout, strategy); };
  for (const char* strategy : {"ewc", "online-ewc", "si"})
    CHECK_THROWS_WITH(make("hebb", "online", strategy),
                      Catch::Contains("needs the gradient of a loss"));
  CHECK_THROWS_WITH(make("hebb", "ridge", "lwf"), Catch::Contains("nothing to act on"));
  CHECK_THROWS_WITH(make("random", "ridge", "mas"), Catch::Contains("no weight to hold"));
  CHECK_NOTHROW(make("random", "online", "mas"));
  CHECK_NOTHROW(make("hebb", "ridge", "mas"));
  CHECK_NOTHROW(make("fa", "ridge", "lwf"));
  for (const char* strategy : {"ewc", "online-ewc", "si", "mas", "lwf"}) {
    Bench bench("backprop", "online", strategy);
    bench.experience(0).boundary_known = false;
    CHECK_THROWS_WITH(bench.Begin(0), Catch::Contains("where experiences begin"));
  }
}

}  // namespace
}  // namespace plasticity
