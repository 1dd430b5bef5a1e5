// Strategies with a memory, on a stream of gratings.
#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "baselines/continual/herding.h"
#include "baselines/continual/replay_losses.h"
#include "suite/base/error.h"
#include "tests/suite/engine/streamed.h"

namespace plasticity {
namespace {

using testing::Part;
using testing::Streamed;

// On a stream under a rule beside which a readout learns, or after it.
Streamed Around(const std::string& strategy, const std::string& rule, const std::string& readout) {
  return Streamed(strategy, nlohmann::json::object(), Part<Rule>(rule, {{"batch_size", 10}}),
                  {{"experiences", 2}}, readout);
}

TEST_CASE("gdumb begins anew at each experience") {
  Streamed streamed("gdumb", {{"memory", 20}});
  const at::Tensor start = streamed.Weight();
  streamed.Learn(0, 1);
  CHECK_FALSE(at::equal(streamed.Weight(), start));
  streamed.Learn(1, 0);
  CHECK(at::equal(streamed.Weight(), start));
}

TEST_CASE("replay and gradient memories learn through a stream") {
  for (const std::string strategy : {"er", "er-ace", "der", "der++", "agem", "gem", "icarl"}) {
    CAPTURE(strategy);
    Streamed streamed(strategy, {{"memory", 20}});
    streamed.Learn(0, 1);
    const at::Tensor before = streamed.Weight();
    streamed.Learn(1, 1);
    CHECK_FALSE(at::equal(streamed.Weight(), before));
    CHECK(at::isfinite(streamed.Weight()).all().item<bool>());
    CHECK(streamed.learner().strategy().remembered_bytes() > 10 * 3 * 8 * 8);
  }
}

TEST_CASE("an objective of a strategy's own needs somebody who asks it") {
  for (const std::string strategy : {"er-ace", "der", "der++", "icarl"}) {
    CAPTURE(strategy);
    CHECK_THROWS_WITH(Around(strategy, "hebb", "ridge"), Catch::Contains("--readout online"));
    CHECK_NOTHROW(Around(strategy, "hebb", "online").Learn(0, 1));
    CHECK_NOTHROW(Around(strategy, "backprop", "ridge").Learn(0, 1));
  }
  CHECK_THROWS_WITH(Around("agem", "hebb", "online"), Catch::Contains("the gradient of a loss"));
}

TEST_CASE("DER's scores are those of the new rows at the first look") {
  DarkObjective objective(1, 0, ScoreDistance::kSquaredNorm);
  const at::Tensor scores = at::tensor({1.f, 2.f, 3.f, 4.f, 5.f, 7.f}).view({3, 2});
  const Batch batch{.labels = at::tensor({0, 1, 0}, at::kLong)};
  const at::Tensor plain = objective.Loss(scores, batch);
  CHECK(at::equal(plain, Objective::Plain().LabelLoss(scores, batch)));
  objective.Expect(2, at::tensor({5.f, 4.f}).view({1, 2}));
  const at::Tensor loss = objective.Loss(scores, batch);
  objective.Loss(scores + 1, batch);
  const Batch fresh{.labels = at::tensor({0, 1}, at::kLong)};
  CHECK(loss.item<double>() ==
        Approx(Objective::Plain().LabelLoss(scores.slice(0, 0, 2), fresh).item<double>() + 9));
  CHECK(at::equal(objective.TakeScores(), scores.slice(0, 0, 2)));
  CHECK(at::equal(objective.Loss(scores, batch), plain));
}

TEST_CASE("herding chooses whose mean comes nearest to the mean, first to last") {
  const at::Tensor rows = at::tensor({0.f, 3.f, 4.f, 9.f}).view({4, 1});  // mean 4
  CHECK(Herd(rows, 2) == std::vector<std::int64_t>{2, 1});
  CHECK(Herd(rows, 9).size() == 4);
}

}  // namespace
}  // namespace plasticity
