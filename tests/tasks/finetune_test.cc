#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "suite/base/error.h"
#include "suite/optimizer.h"
#include "suite/readout.h"
#include "tests/rules/cells.h"

namespace plasticity {
namespace {

using testing::Gratings;
using testing::RuleCell;

// A rule's network, fine-tuned on gratings.
struct FineTuned {
  FineTuned(const FineTuned&) = delete;  // the rule knows where its network is
  FineTuned& operator=(const FineTuned&) = delete;
  explicit FineTuned(const nlohmann::json& settings)
      : cell("hebb", testing::TinyConvolutions(), 3),
        readout(Registry<Readout>::Get().Make("finetune", settings)),
        train(Gratings(1, 200)) {
    cell.Train(0, 5, 5, false);
    readout->Attach(Registry<Rule>::Get().Find("hebb").info, cell.network(),
                    cell.network().feature_count(), 4);
  }

  void Run() {
    ProgressBar silent("", false);
    Session session({.checkpoint = "", .checkpoint_every_s = 1e9}, silent);
    const auto batch = [&](const std::int64_t* indices, std::int64_t count) {
      const at::Tensor chosen =
          at::tensor(at::ArrayRef<std::int64_t>(indices, static_cast<std::size_t>(count)));
      return std::pair(train.images.index_select(0, chosen), train.labels.index_select(0, chosen));
    };
    readout->FineTune({.count = 200, .batch = batch}, session);
  }

  double Accuracy() {
    const Batch test = Gratings(2, 200);
    const at::Tensor scores = readout->Scores(cell.rule().Features(test.images));
    return scores.argmax(1).eq(test.labels).to(at::kFloat).mean().item<double>();
  }

  RuleCell cell;
  std::unique_ptr<Readout> readout;
  Batch train;
};

TEST_CASE("fine-tuning trains head and network on the labelled images") {
  FineTuned tuned(nlohmann::json{{"epochs", 20}, {"learning_rate", 0.02}, {"weight_decay", 0}});
  const at::Tensor before = tuned.cell.network().blocks()[0].layer.weight.clone();
  CHECK(tuned.Accuracy() < 0.5);
  tuned.Run();
  CHECK(tuned.Accuracy() > 0.8);
  CHECK_FALSE(at::equal(before, tuned.cell.network().blocks()[0].layer.weight));
}

TEST_CASE("fine-tuning twice from one seed gives one network") {
  const nlohmann::json settings = {{"epochs", 3}};
  FineTuned first(settings), second(settings);
  first.Run();
  second.Run();
  CHECK(at::equal(first.cell.network().blocks()[0].layer.weight,
                  second.cell.network().blocks()[0].layer.weight));
  CHECK(at::equal(first.cell.network().head().weight, second.cell.network().head().weight));
}

TEST_CASE("the rate halves in every epoch of the second half") {
  OptimizerConfig config;
  config.learning_rate = 8;
  config.schedule = "halving";
  std::vector<double> rates;
  for (std::int64_t epoch = 0; epoch < 6; ++epoch)
    rates.push_back(config.RateAt({.epoch = epoch, .epochs = 6}));
  CHECK(rates == std::vector<double>{8, 8, 8, 4, 2, 1});
}

TEST_CASE("raw pixels have nothing to fine-tune") {
  Network network(testing::TinyConvolutions(), {3, 8, 8}, 4, Streams(1), at::kCPU);
  const auto readout = Registry<Readout>::Get().Make("finetune", nlohmann::json::object());
  CHECK_THROWS_AS(readout->Attach(Registry<Rule>::Get().Find("pixels").info, network, 3 * 8 * 8, 4),
                  InputError);
}

}  // namespace
}  // namespace plasticity
