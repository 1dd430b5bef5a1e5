#include <catch2/catch.hpp>

#include "tests/reports/seen.h"

namespace plasticity {
namespace {

using Catch::Matchers::Contains;

// A stream's outcome.
Result Streamed(const std::string& rule, const std::string& strategy, int seed, double final,
                double forgetting = 0.25) {
  return EditedSample(rule, seed, final, [&](Result& result) {
    result.request["task"] = {{"name", "continual"}, {"version", 1}, {"params", {{"epochs", 1}}}};
    if (strategy != "finetune") result.request["strategy"] = {{"name", strategy}};
    result.headline = "acc.final";
    result.metrics["acc.final"] = {final, true, "fraction", ""};
    result.metrics["forgetting.first_last"] = {forgetting, false, "fraction", ""};
  });
}

TEST_CASE("continual crosses rules and strategies, then shows what was forgotten") {
  std::vector<Result> results;
  for (const int seed : {1, 2}) {
    results.push_back(Streamed("backprop", "finetune", seed, 0.1));
    results.push_back(Streamed("backprop", "er", seed, 0.3));
    results.push_back(Streamed("sphere", "finetune", seed, 0.2));
    results.push_back(Streamed("sphere", "er", seed, 0.25));
    results.push_back(Streamed("oja", "finetune", seed, 0.1));
    Result refused = Streamed("oja", "er", seed, 0);
    refused.state = "skipped";
    refused.reason = "it has no loss";
    refused.metrics.clear();
    results.push_back(refused);
  }
  const std::vector<Table> tables = Seen(results, {.layout = "continual"});
  REQUIRE(tables.size() == 2);
  const Table& cross = tables[0];
  REQUIRE(cross.columns.size() == 3);
  CHECK(cross.columns[1].heading == "finetune");
  CHECK(cross.columns[2].heading == "er");  // better on the whole
  CHECK(LabelsIn(cross) == std::vector<std::string>{"sphere", "backprop", "oja"});
  CHECK(*MeasuredIn(cross, "sphere", "er").mean == 0.25);
  CHECK(MeasuredIn(cross, "sphere", "finetune").best);
  CHECK_FALSE(MeasuredIn(cross, "backprop", "er").best);  // a baseline is no winner
  CHECK(MeasuredIn(cross, "oja", "er").all_skipped());
  CHECK_THAT(NotesIn(cross), Contains("oja + er: 2 skipped of 2 seeds"));
  CHECK(*MeasuredIn(tables[1], "sphere + er", "forgetting.first_last").mean == 0.25);
  Asked asked{.layout = "continual"};
  asked.options.metric = "forgetting.first_last";
  CHECK(Seen(results, asked).size() == 1);
}

TEST_CASE("ablation sets conditions side by side, by what tells them apart") {
  std::vector<Result> results = Usual(2);
  for (const int seed : {1, 2}) {
    for (const char* rule : {"oja", "sphere"}) {
      results.push_back(EditedSample(rule, seed, 0.6, [](Result& result) {
        result.request["readout"] = {{"name", "ridge"}, {"params", {{"alpha", 1}}}};
      }));
    }
  }
  const Table table = SeenTable(results, {.layout = "ablation"});
  REQUIRE(table.columns.size() == 3);
  CHECK(table.columns[1].heading == "linear");
  CHECK(table.columns[2].heading == "ridge");
  CHECK(*MeasuredIn(table, "oja", "ridge accuracy.test").mean == 0.6);
  CHECK(std::holds_alternative<std::monostate>(CellOf(table, "backprop", "ridge accuracy.test")));

  results = Usual(1);
  results.push_back(
      EditedSample("oja", 1, 0.6, [](Result& r) { r.request["network"]["width"] = 0.5; }));
  const Table widths = SeenTable(results, {.layout = "ablation"});
  CHECK(widths.columns[1].heading == "network.width=0.25");
  CHECK(widths.columns[2].heading == "network.width=0.5");
}

TEST_CASE("overview has a row a rule over all tasks") {
  std::vector<Result> results = Usual(2);
  for (const int seed : {1, 2}) results.push_back(Streamed("oja", "finetune", seed, 0.2, 0.5));
  const Table table = SeenTable(results, {.layout = "overview"});
  CHECK(*MeasuredIn(table, "oja", "classification accuracy.test").mean == Approx(0.3865));
  CHECK(*MeasuredIn(table, "oja", "continual acc.final").mean == 0.2);
  CHECK(*MeasuredIn(table, "oja", "forgetting forgetting.first_last").mean == 0.5);
  CHECK(table.rows.size() == 5);
}

TEST_CASE("cost has a column for what any cell says, and none for what no cell says") {
  const Table table = SeenTable(Usual(2), {.layout = "cost"});
  CHECK(NumberIn(table, "sphere", "wall_s.learn") == 30.0);
  CHECK(NumberIn(table, "sphere", "flops_forward") == Approx(150));
  CHECK_FALSE(NumberIn(table, "random", "images_per_s"));
  for (const Column& column : table.columns) CHECK(column.key != "energy_j");
}

TEST_CASE("a task's layout shows its metrics side by side, the best of each marked") {
  std::vector<Result> results = Usual(2);
  for (Result& result : results) {
    result.metrics["calibration.test"] = {*result.metrics["accuracy.test"].value, false, "fraction",
                                          ""};
  }
  const Table table = SeenTable(results, {.layout = "classification"});
  CHECK(table.columns.size() == 3);  // nobody has a top-5
  CHECK(MeasuredIn(table, "sphere").best);
  CHECK(MeasuredIn(table, "softhebb").second);
  CHECK(MeasuredIn(table, "oja", "calibration.test").best);  // lower is better
  Asked asked{.layout = "classification"};
  asked.options.metric = "loss.readout";
  CHECK(SeenTable(results, asked).columns[1].key == "loss.readout");
}

}  // namespace
}  // namespace plasticity
