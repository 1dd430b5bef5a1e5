#include "suite/optimizer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "suite/base/error.h"
#include "suite/streams.h"
#include "tests/noise.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

using testing::Noise;

TEST_CASE("the rate follows its schedule") {
  OptimizerConfig config{.learning_rate = 0.5, .min_learning_rate = 0.1};
  const auto rate = [&](std::int64_t epoch, std::int64_t epochs) {
    return config.RateAt({.epoch = epoch, .epochs = epochs});
  };
  CHECK(rate(0, 10) == 0.5);
  CHECK(rate(9, 10) == 0.5);

  config.schedule = "cosine";
  CHECK(rate(0, 10) == 0.5);
  CHECK(rate(5, 10) == Approx(0.3));
  CHECK(rate(10, 10) == Approx(0.1));
  for (std::int64_t epoch = 0; epoch < 9; ++epoch) CHECK(rate(epoch + 1, 10) < rate(epoch, 10));

  config.schedule = "steps";
  for (std::int64_t epoch = 0; epoch < 50; ++epoch) {
    int halvings = 0;  // at 20, 35, 50, 60, 70, 80 and 90 % of 50 epochs
    for (const int milestone : {10, 17, 25, 30, 35, 40, 45}) halvings += epoch >= milestone ? 1 : 0;
    CAPTURE(epoch);
    CHECK(rate(epoch, 50) == Approx(0.5 / (1 << halvings)));
  }
  CHECK(rate(0, 1) == 0.5);  // one epoch is never halved

  config.schedule = "tenths";
  for (std::int64_t epoch = 0; epoch < 20; ++epoch) {
    CAPTURE(epoch);
    CHECK(rate(epoch, 20) ==
          Approx(0.5 * std::pow(0.5, std::max<std::int64_t>(0, epoch - 10) / 2)));
  }
}

TEST_CASE("settings are declared with the rule's defaults") {
  Params params("rule", {{"learning_rate", 0.25}});
  const OptimizerConfig config =
      OptimizerConfig::Declare(params, {.weight_decay = 0.05, .schedule = "cosine"});
  CHECK_NOTHROW(params.Finish());
  CHECK(config.kind == "adamw");
  CHECK(config.learning_rate == 0.25);
  CHECK(config.weight_decay == 0.05);
  CHECK(config.schedule == "cosine");
  Params wrong("rule", {{"optimizer", "lbfgs"}});
  CHECK_THROWS_AS(OptimizerConfig::Declare(wrong, {}), InputError);
}

TEST_CASE("sgd follows the gradient, with momentum or without") {
  const double momentum = GENERATE(0.0, 0.9);
  at::Tensor w = Noise({5}, 1);
  const at::Tensor start = w.clone(), gradient = Noise({5}, 2);
  Optimizer optimizer(
      {.kind = "sgd", .learning_rate = 0.1, .weight_decay = 0, .momentum = momentum}, {w});
  optimizer.Step({{w}, {gradient}}, {});
  CHECK(at::allclose(w.detach(), start - 0.1 * gradient));
  optimizer.Step({{w}, {gradient}}, {});
  CHECK(at::allclose(w.detach(), start - 0.1 * (2 + momentum) * gradient, 1e-5, 1e-6));
}

TEST_CASE("a gradient may lie in another memory order than its parameter") {
  const std::string kind = GENERATE("adamw", "adam", "sgd");
  const OptimizerConfig config{.kind = kind, .learning_rate = 0.1, .weight_decay = 0.01};
  at::Tensor plain = Noise({4, 3, 2, 2}, 1);
  at::Tensor last = plain.clone().contiguous(at::MemoryFormat::ChannelsLast);
  Optimizer of_plain(config, {plain}), of_last(config, {last});
  for (std::uint64_t step = 0; step < 3; ++step) {
    const at::Tensor gradient = Noise({4, 3, 2, 2}, 10 + step);
    of_plain.Step({{plain}, {gradient.contiguous(at::MemoryFormat::ChannelsLast)}}, {});
    of_last.Step({{last}, {gradient}}, {});
  }
  CHECK(at::allclose(plain.detach(), last.detach(), 1e-5, 1e-7));
}

TEST_CASE("parameters without a gradient are left alone, and gradients are cleared") {
  at::Tensor used = Noise({3}, 1), unused = Noise({3}, 2);
  const at::Tensor before = unused.clone(), start = used.clone();
  Optimizer optimizer({.weight_decay = 0.5}, {used, unused});
  used.square().sum().backward();
  optimizer.Step(optimizer.TakeGradients(), {});
  CHECK_FALSE(at::equal(used.detach(), start));
  CHECK(at::equal(unused.detach(), before));
  CHECK_FALSE(used.grad().defined());
}

TEST_CASE("a restored optimiser goes on bit for bit") {
  const std::string kind = GENERATE("adamw", "adam", "sgd");
  const double momentum = GENERATE(0.0, 0.9);
  const OptimizerConfig config{
      .kind = kind, .learning_rate = 0.1, .weight_decay = 0.01, .momentum = momentum};
  at::Tensor unbroken = Noise({6}, 1), stopped = unbroken.clone();
  Optimizer first(config, {unbroken}), second(config, {stopped});
  const auto step = [](Optimizer& optimizer, const at::Tensor& w, std::uint64_t index) {
    optimizer.Step({{w}, {Noise({6}, 10 + index)}}, {});
  };
  for (std::uint64_t index = 0; index < 3; ++index) {
    step(first, unbroken, index);
    step(second, stopped, index);
  }
  Snapshot snapshot;
  StateSaver saver(snapshot);
  second.Visit(saver);
  at::Tensor resumed = stopped.detach().clone();
  Optimizer third(config, {resumed});
  StateLoader loader(snapshot);
  third.Visit(loader);
  for (std::uint64_t index = 3; index < 6; ++index) {
    step(first, unbroken, index);
    step(third, resumed, index);
  }
  CHECK(at::equal(unbroken.detach(), resumed.detach()));
}

}  // namespace
}  // namespace plasticity
