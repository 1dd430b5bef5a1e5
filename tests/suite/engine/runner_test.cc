// What becomes of a cell that fails, is refused, is taken, or follows a large one.
#include "suite/engine/runner.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <new>

#include "suite/base/error.h"
#include "suite/base/file_lock.h"
#include "suite/base/store.h"
#include "suite/engine/executors/executor.h"
#include "tests/suite/engine/toy.h"

namespace plasticity {
namespace {

using testing::Measured;
using testing::Part;
using testing::TemporaryFolder;
using testing::ToyCell;
using testing::ToyTask;

// Oja's rule, which runs out of memory or takes a lot of it where a test says so.
class Fragile final : public Rule {
 public:
  static RuleInfo Describe() {
    return {.name = "fragile",
            .summary = "a test's rule that fails when it is told to",
            .formula = "dW = -W / 100",
            .source = "a test",
            .citation = "test"};
  }
  explicit Fragile(Params& params)
      : Rule(params, 16), rate_(params.Real("rate", 0.01, kPositive, "share that goes")) {}

  StepReport Learn(const Batch& batch, const Progress& progress) override {
    if (progress.step == fails_at) throw std::bad_alloc();
    if (bytes > 0) at::ones({bytes}, at::kByte);
    const at::NoGradGuard no_gradients;
    update() = {};
    for (Block& block : network().blocks())
      update().Add(block.layer.weight, block.layer.weight.clone());
    return {.features = Features(batch.images)};
  }
  void Commit(const Progress&) override {
    const at::NoGradGuard no_gradients;
    for (std::size_t i = 0; i < update().parameters.size(); ++i)
      update().parameters[i].sub_(rate_ * update().directions[i]);
  }

  static inline std::int64_t fails_at = -1;
  static inline std::int64_t bytes = 0;

 private:
  double rate_;
};
PLASTICITY_REGISTER(Rule, Fragile);

Cell FragileCell(const nlohmann::json& task = ToyTask()) {
  return ToyCell(Part<Rule>("fragile"), Part<Readout>("ridge"), task);
}

EngineOptions Into(const TemporaryFolder& folder) {
  return {.results = folder.path, .checkpoint_every_s = 0};
}

CellOutcome Run(const Cell& cell, const EngineOptions& options, Refusal refusal = Refusal::kSkip) {
  return RunCell(cell, at::kCPU, options, refusal, "");
}

TEST_CASE("a cell that fails keeps its checkpoint and goes on from there") {
  const TemporaryFolder folder, other;
  const Result unbroken = Run(FragileCell(), Into(other)).result;
  Fragile::fails_at = 4;
  const CellOutcome failed = Run(FragileCell(), Into(folder));
  Fragile::fails_at = -1;
  CHECK(failed.result.state == "failed");
  CHECK(failed.result.reason.find("bad_alloc") != std::string::npos);
  const std::filesystem::path scratch = folder.path / ".unfinished";
  CHECK(std::filesystem::exists(scratch / (failed.result.run_id + ".checkpoint")));
  CHECK_FALSE(std::filesystem::exists(scratch / (failed.result.run_id + ".lock")));
  const CellOutcome again = Run(FragileCell(), Into(folder));
  CHECK(again.result.state == "ok");
  CHECK(again.result.cost.resumed == 1);
  CHECK(Measured(again.result) == Measured(unbroken));
  CHECK_FALSE(std::filesystem::exists(scratch));
}

TEST_CASE("a cell that is refused is skipped in a plan, and an error alone") {
  const TemporaryFolder folder;
  const Cell refused = ToyCell(Part<Rule>("cwc"), Part<Readout>("ridge"), ToyTask(),
                               nlohmann::json::parse(R"({"name": "narrow", "blocks": [
                                 {"ops": [{"op": "conv", "out": 2}]}]})"));
  CHECK_THROWS_AS(Run(refused, Into(folder), Refusal::kThrow), InputError);
  CHECK(std::filesystem::is_empty(folder.path));
  const std::vector<Cell> cells = {refused, FragileCell()};
  CHECK(RunCells(*MakeHere(), AllOf(cells, at::kCPU, Into(folder), Refusal::kSkip)) == 0);
  const std::optional<Result> skipped = FindResult(folder.path, refused.run_id);
  REQUIRE(skipped);
  CHECK(skipped->state == "skipped");
  CHECK(skipped->reason.find("wider network") != std::string::npos);
  CHECK(FindResult(folder.path, FragileCell().run_id)->state == "ok");
  CHECK_FALSE(FinishedResult(refused, Into(folder)));  // looked at again the next time
}

TEST_CASE("a checkpoint that cannot be read fails its cell, and a plan goes on") {
  const TemporaryFolder folder;
  const std::vector<Cell> cells = {FragileCell(), FragileCell(ToyTask({{"samples", 60}}))};
  const std::filesystem::path checkpoint =
      folder.path / ".unfinished" / (cells[0].run_id + ".checkpoint");
  std::filesystem::create_directories(checkpoint.parent_path());
  std::ofstream(checkpoint) << "no checkpoint";
  const auto run = [&] {
    return RunCells(*MakeHere(), AllOf(cells, at::kCPU, Into(folder), Refusal::kSkip));
  };
  CHECK(run() == 3);
  const std::optional<Result> failed = FindResult(folder.path, cells[0].run_id);
  REQUIRE(failed);
  CHECK(failed->state == "failed");
  CHECK_THAT(failed->reason, Catch::Contains("Delete it to start the cell anew"));
  CHECK(FindResult(folder.path, cells[1].run_id)->state == "ok");
  std::filesystem::remove(checkpoint);
  CHECK(run() == 0);
}

TEST_CASE("a finished cell is only read, unless it is asked for again") {
  const TemporaryFolder folder;
  CHECK_FALSE(Run(FragileCell(), Into(folder)).already_there);
  CHECK(Run(FragileCell(), Into(folder)).already_there);
  EngineOptions again = Into(folder);
  again.again = true;
  CHECK_FALSE(Run(FragileCell(), again).already_there);
}

TEST_CASE("a cell that another holds is not run") {
  const TemporaryFolder folder;
  const Cell cell = FragileCell();
  const FileLock held(folder.path / ".unfinished" / (cell.run_id + ".lock"));
  CHECK(FileLock::Try(folder.path / ".unfinished" / (cell.run_id + ".lock")) == nullptr);
  CHECK_THROWS_WITH(Run(cell, Into(folder)), Catch::Contains("another process"));
}

TEST_CASE("a small cell's peak memory is its own after a large one") {
  const TemporaryFolder first, second, third;
  const auto peak = [](const CellOutcome& outcome) {
    return static_cast<double>(*outcome.result.cost.peak_host_bytes);
  };
  const double alone = peak(Run(FragileCell(), Into(first)));
  Fragile::bytes = 700'000'000;
  const double large = peak(Run(FragileCell(), Into(second)));
  Fragile::bytes = 0;
  const double after = peak(Run(FragileCell(), Into(third)));
  CHECK(large > alone + 600e6);
  CHECK(after < alone + 60e6);
}

TEST_CASE("the Result says what its parts keep, and what it saw") {
  const TemporaryFolder folder;
  const Result result = Run(FragileCell(), Into(folder)).result;
  CHECK(result.cost.state_bytes.at("network") > 0);
  CHECK(result.cost.state_bytes.at("readout") > 0);
  CHECK(result.cost.samples_seen == 90);
  CHECK(result.predictions.at("test").size() == 1200);
  CHECK(result.records.at("confusion.test").axes == std::vector<std::string>{"label", "predicted"});
  CHECK(result.metrics.at("accuracy.test").chance == Approx(0.25));
  CHECK_FALSE(result.metrics.at("accuracy.test").definition.empty());
}

}  // namespace
}  // namespace plasticity
