// Strategies with a memory, on a stream of gratings.
#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "baselines/continual/herding.h"
#include "baselines/continual/replay_losses.h"
#include "suite/base/error.h"
#include "suite/engine/cell_lab.h"
#include "suite/scenario.h"
#include "tests/suite/engine/toy.h"

namespace plasticity {
namespace {

// A learner with a strategy, and a stream of two experiences of two classes each.
class Streamed {
 public:
  explicit Streamed(const std::string& strategy,
                    const nlohmann::json& params = nlohmann::json::object(),
                    const std::string& rule = "backprop", const std::string& readout = "online")
      : cell_(CellWith(strategy, params, rule, readout)),
        lab_(cell_, at::kCPU, session_, folder_.path),
        data_(lab_.Open(1000)),
        stream_(Registry<Scenario>::Get()
                    .Make("split", {{"experiences", 2}})
                    ->Make(data_, lab_.streams())),
        learner_(lab_.NewLearner("learner", data_, {})) {}

  void Learn(std::size_t place, std::int64_t epochs) {
    lab_.Train(learner_, stream_[place], stream_, Budget::Epochs(epochs), {});
  }
  Learner& learner() { return learner_; }
  at::Tensor Weight() { return learner_.network().blocks()[0].layer.weight.detach().clone(); }
  NamedTensors State() {
    StateCollector collector;
    learner_.VisitPart("strategy", collector);
    return collector.tensors;
  }

 private:
  static Cell CellWith(const std::string& strategy, const nlohmann::json& params,
                       const std::string& rule, const std::string& readout) {
    Cell cell = testing::ToyCell(testing::Part<Rule>(rule, {{"batch_size", 16}}),
                                 testing::Part<Readout>(readout), testing::ToyTask());
    cell.request["strategy"] = testing::Part<Strategy>(strategy, params);
    return cell;
  }

  const testing::TemporaryFolder folder_;
  ProgressBar silent_{"", false};
  Session session_{
      {.checkpoint = folder_.path / "checkpoint", .checkpoint_every_s = 1e18, .device = at::kCPU},
      silent_};
  Cell cell_;
  CellLab lab_;
  Splits data_;
  Experiences stream_;
  Learner& learner_;
};

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

// A stream of two experiences under a strategy, stopped after so many checkpoints, 0: never.
nlohmann::json MeasuredOf(const Cell& cell, const std::filesystem::path& folder, int stop_after) {
  ProgressBar silent("", false);
  Session session({.checkpoint = folder / "checkpoint",
                   .checkpoint_every_s = 0,
                   .device = at::kCPU,
                   .stop_after = stop_after},
                  silent);
  CellLab lab(cell, at::kCPU, session, folder);
  try {
    lab.task().Run(lab);
  } catch (const Interrupted&) {
    return nullptr;
  }
  return testing::Measured(session.result);
}

TEST_CASE("a memory is what it was where a cell goes on, in the middle of an experience too") {
  for (const std::string strategy :
       {"er", "er-ace", "der", "der++", "agem", "gem", "gdumb", "icarl"}) {
    CAPTURE(strategy);
    Cell cell = testing::ToyCell(testing::Part<Rule>("backprop", {{"batch_size", 16}}),
                                 testing::Part<Readout>("online"),
                                 testing::Part<Task>("continual", {{"validation_images", 1136},
                                                                   {"scenario.experiences", 2},
                                                                   {"epochs", 2},
                                                                   {"probe_images", 0}}));
    cell.request["strategy"] = testing::Part<Strategy>(strategy, {{"memory", 10}});
    const testing::TemporaryFolder unbroken;
    const nlohmann::json whole = MeasuredOf(cell, unbroken.path, 0);
    for (const int stop_after : {4, 10, 11}) {  // in the first experience, and in the second
      const testing::TemporaryFolder folder;
      CAPTURE(stop_after);
      REQUIRE(MeasuredOf(cell, folder.path, stop_after).is_null());
      REQUIRE(MeasuredOf(cell, folder.path, 0) == whole);
    }
  }
}

TEST_CASE("an objective of a strategy's own needs somebody who asks it") {
  for (const std::string strategy : {"er-ace", "der", "der++", "icarl"}) {
    CAPTURE(strategy);
    CHECK_THROWS_WITH(Streamed(strategy, nlohmann::json::object(), "hebb", "ridge"),
                      Catch::Contains("--readout online"));
    CHECK_NOTHROW(Streamed(strategy, nlohmann::json::object(), "hebb", "online").Learn(0, 1));
    CHECK_NOTHROW(Streamed(strategy, nlohmann::json::object(), "backprop", "ridge").Learn(0, 1));
  }
  CHECK_THROWS_WITH(Streamed("agem", nlohmann::json::object(), "hebb"),
                    Catch::Contains("the gradient of a loss"));
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
