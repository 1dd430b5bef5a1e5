// Streams of gratings under every strategy, run, stopped and resumed inside one process.
#include <catch2/catch.hpp>

#include "suite/base/error.h"
#include "suite/engine/estimate.h"
#include "suite/strategy.h"
#include "tests/suite/engine/stops.h"

namespace plasticity {
namespace {

using testing::CheckStops;
using testing::Measured;
using testing::Part;
using testing::RunToy;
using testing::TemporaryFolder;
using testing::ToyCell;

// Two experiences of half of the classes each.
nlohmann::json ShortStream(const nlohmann::json& given = nlohmann::json::object()) {
  nlohmann::json params = {{"validation_images", 1080},
                           {"epochs", 2},
                           {"probe_images", 20},
                           {"scenario.experiences", 2}};
  params.update(given);
  return Part<Task>("continual", params);
}

Cell StreamCell(const std::string& rule, const std::string& strategy,
                const nlohmann::json& params = nlohmann::json::object(),
                const nlohmann::json& task = ShortStream()) {
  Cell cell = ToyCell(Part<Rule>(rule, {{"batch_size", 16}}), Part<Readout>("online"), task);
  cell.request["strategy"] = Part<Strategy>(strategy, params);
  return cell;
}

Result Run(const Cell& cell) {
  const TemporaryFolder folder;
  Result result;
  REQUIRE(RunToy(cell, folder.path, 0, &result));
  return result;
}

TEST_CASE("a stream stopped at checkpoints ends as the unbroken one does, for every strategy") {
  // A strategy that looks at a rule's update looks at one without a head in another way.
  const std::string rule = GENERATE("backprop", "sphere");
  const nlohmann::json few = {{"validation_images", 1160}, {"epochs", 1}, {"probe_images", 0}};
  for (const auto& [strategy, entry] : Registry<Strategy>::Get().entries()) {
    if (rule == "sphere" && entry.info.needs != Descent::kLoss) continue;
    DYNAMIC_SECTION(strategy << " around " << rule) {
      CheckStops(StreamCell(rule, strategy, nlohmann::json::object(), ShortStream(few)));
    }
  }
}

TEST_CASE("a stream that is looked at resumes, too") {
  CheckStops(StreamCell("hebb", "er", {{"memory", 8}}, ShortStream({{"looks", 2}})));
}

TEST_CASE("a strategy either carries a rule or says why it cannot") {
  for (const std::string& strategy : Registry<Strategy>::Get().Names()) {
    for (const char* rule : {"hebb", "sphere", "random"}) {
      CAPTURE(strategy, rule);
      const TemporaryFolder folder;
      Result result;
      try {
        const bool ended = RunToy(StreamCell(rule, strategy), folder.path, 0, &result);
        CHECK(ended);
        CHECK(result.metrics.at("acc.final").value.has_value());
      } catch (const InputError& refused) {
        CHECK(std::string(refused.what()).find(strategy) != std::string::npos);
        CHECK(std::string(refused.what()).find('\n') == std::string::npos);
      }
    }
  }
}

TEST_CASE("joint sees as many images as the stream has, and finetune forgets") {
  const nlohmann::json task = ShortStream({{"epochs", 6}});
  const Result joint = Run(StreamCell("backprop", "joint", {}, task)),
               finetune = Run(StreamCell("backprop", "finetune", {}, task));
  CHECK(joint.cost.samples_seen == finetune.cost.samples_seen);
  CHECK(*joint.metrics.at("acc.final").value > *finetune.metrics.at("acc.final").value);
  CHECK(*finetune.metrics.at("forgetting.first_last").value >
        *joint.metrics.at("forgetting.first_last").value);
  CHECK(finetune.records.at("accuracy").values.size() == 3);
}

TEST_CASE("a frozen network stays as the first experience left it, and its readout goes on") {
  for (const char* rule : {"backprop", "hebb"}) {
    CAPTURE(rule);
    const Result frozen = Run(StreamCell(rule, "frozen")), free = Run(StreamCell(rule, "finetune"));
    const auto probes = frozen.records.at("probe").values.Rows();
    CHECK(probes.at(0) == probes.at(1));
    const auto moving = free.records.at("probe").values.Rows();
    CHECK(moving.at(0) != moving.at(1));
    const auto rows = frozen.records.at("accuracy").values.Rows();
    CHECK(rows.at(1) != rows.at(2));
  }
}

TEST_CASE("a stream's time is estimated under every strategy") {
  for (const std::string& strategy : Registry<Strategy>::Get().Names()) {
    CAPTURE(strategy);
    CHECK(EstimateSeconds(StreamCell("backprop", strategy), at::kCPU) > 0);
  }
}

TEST_CASE("a long stream's time is estimated from its beginning") {
  const auto seconds = [](int experiences) {
    const nlohmann::json task = Part<Task>("plasticity", {{"validation_images", 1080},
                                                          {"scenario", "permuted"},
                                                          {"scenario.experiences", experiences}});
    return EstimateSeconds(StreamCell("backprop", "finetune", {}, task), at::kCPU);
  };
  CHECK(seconds(10'000) > 10 * seconds(20));
}

TEST_CASE("a strategy outside a stream says that it needs one") {
  Cell cell = ToyCell(Part<Rule>("backprop"), Part<Readout>("online"), testing::ToyTask());
  cell.request["strategy"] = Part<Strategy>("er");
  const TemporaryFolder folder;
  Result result;
  CHECK_THROWS_WITH(RunToy(cell, folder.path, 0, &result),
                    Catch::Contains("er needs a stream of experiences"));
}

}  // namespace
}  // namespace plasticity
