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
    if (strategy != "finetune") {
      result.request["strategy"] = {{"name", strategy}};
      result.strategy = {
          {"summary", strategy}, {"source", ""}, {"citation", strategy + "2026"}, {"role", ""}};
    }
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
  CHECK(cross.columns[1].citations.empty());
  CHECK(cross.columns[2].citations == std::vector<std::string>{"er2026"});
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

// A cell that was looked at after 100, 500 and 1,000 images.
Result LookedAt(const std::string& rule, int seed, const std::vector<double>& accuracies,
                double flops, double seconds) {
  return EditedSample(rule, seed, accuracies.back(), [&](Result& result) {
    result.request["task"] = {{"name", "learning-curve"}, {"version", 1}, {"params", {{"a", 1}}}};
    result.records["look.images"] = {{"look"}, "images", {100, 500, 1000}};
    result.records["look.accuracy"] = {{"look"}, "fraction", accuracies};
    result.metrics["curve.images_to_converge"] = {500, false, "images", ""};
    result.cost.samples_seen = rule == "random" ? 0 : 1000;
    result.cost.flops_learn_per_image = flops;
    result.cost.wall_s["learn"] = seconds;
  });
}

TEST_CASE("budgets reads what was reached with the same images, arithmetic and time") {
  std::vector<Result> results;
  for (const int seed : {1, 2}) {
    results.push_back(LookedAt("sphere", seed, {0.3, 0.5, 0.6}, 4e6, 10.0 * seed));
    results.push_back(LookedAt("oja", seed, {0.35, 0.4, 0.45}, 2e6, 300));
    results.push_back(LookedAt("random", seed, {0.3, 0.3, 0.3}, 1e6, 0.1));
  }
  const Table table = SeenTable(results, {.layout = "budgets"});
  CHECK(LabelsIn(table) == std::vector<std::string>{"sphere", "oja", "random"});
  CHECK(*MeasuredIn(table, "sphere", "own").mean == 0.6);
  CHECK(*MeasuredIn(table, "sphere", "images").mean == 0.6);
  CHECK(*MeasuredIn(table, "sphere", "arithmetic").mean == 0.5);  // oja takes half as much
  CHECK(*MeasuredIn(table, "oja", "arithmetic").mean == 0.45);
  CHECK(*MeasuredIn(table, "sphere", "time").mean == 0.6);  // 15 s are the least
  CHECK_FALSE(MeasuredIn(table, "oja", "time").mean);       // its first look is at 30 s
  CHECK(MeasuredIn(table, "oja", "time").runs.front().reason == "its first look comes later");
  CHECK(*MeasuredIn(table, "random", "time").mean == 0.3);  // it takes nothing
  CHECK_THAT(FactIn(table, "same arithmetic"), Contains("TFLOP, which is what oja takes"));
  CHECK_THAT(FactIn(table, "same time"), Contains("15.0 s, which is what sphere takes"));
  CHECK(TablesIfAny("budgets", ResultSet(Usual(1))).empty());
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

  // Where a width differs as well, a readout's name does not tell it.
  results.push_back(EditedSample("oja", 1, 0.6, [](Result& r) {
    r.request["network"]["width"] = 0.5;
    r.request["readout"] = {{"name", "ridge"}, {"params", {{"alpha", 1}}}};
  }));
  const Table both = SeenTable(results, {.layout = "ablation"});
  CHECK_THAT(both.columns[3].heading,
             Contains("network.width=0.5") && Contains("readout.name=ridge"));
}

TEST_CASE("overview has a row a rule over all tasks") {
  std::vector<Result> results = Usual(2);
  for (const int seed : {1, 2}) results.push_back(Streamed("oja", "finetune", seed, 0.2, 0.5));
  const Table table = SeenTable(results, {.layout = "overview"});
  CHECK(*MeasuredIn(table, "oja", "classification accuracy.test").mean == Approx(0.3865));
  CHECK(*MeasuredIn(table, "oja", "continual acc.final").mean == 0.2);
  CHECK(*MeasuredIn(table, "oja", "forgetting forgetting.first_last").mean == 0.5);
  CHECK(table.rows.size() == 5);
  CHECK_THAT(NotesIn(table), !Contains("Set otherwise"));
  Result reset = Streamed("sphere", "finetune", 1, 0.2);
  reset.request["rule"]["params"]["learning_rate"] = 0.5;
  reset.run_id = RunId(reset.request);
  results.push_back(reset);
  CHECK_THAT(NotesIn(SeenTable(results, {.layout = "overview"})),
             Contains("Set otherwise from column to column, rows are by name: sphere."));
}

TEST_CASE("cost has a column for what any cell says, and none for what no cell says") {
  const Table table = SeenTable(Usual(2), {.layout = "cost"});
  CHECK(NumberIn(table, "sphere", "wall_s.learn") == 30.0);
  CHECK(NumberIn(table, "sphere", "flops_forward") == Approx(150));
  CHECK_FALSE(NumberIn(table, "random", "images_per_s"));
  for (const Column& column : table.columns) CHECK(column.key != "energy_j");
}

TEST_CASE("cost says which share of the machine's speed learning took, where it was measured") {
  std::vector<Result> results = Usual(2);
  for (Result& result : results) {
    if (result.request["rule"]["name"] == "oja") continue;
    result.env["speed"] = {{"product_flops", 1e9}};
    result.cost.flops_learn_per_image = 1e6;
    result.cost.images_per_s = 250 * result.request["seed"].get<double>();
  }
  const Table table = SeenTable(results, {.layout = "cost"});
  CHECK(NumberIn(table, "sphere", "share_of_machine") == Approx(0.375));
  CHECK_FALSE(NumberIn(table, "oja", "share_of_machine"));
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

TEST_CASE("sample efficiency has a column for every share of labels, in their order") {
  const Result cell = EditedSample("oja", 1, 0.4, [](Result& result) {
    result.request["task"] = {
        {"name", "sample-efficiency"}, {"version", 1}, {"params", {{"a", 1}}}};
    for (const char* share : {"2.5", "10", "50", "1"})
      result.metrics[std::string("accuracy.labels.") + share] = {0.3, true, "fraction", ""};
  });
  std::vector<std::string> headings;
  for (const Column& column : SeenTable({cell}, {.layout = "sample-efficiency"}).columns)
    headings.push_back(column.heading);
  headings.erase(headings.begin());
  CHECK(headings == std::vector<std::string>{"1 %", "2.5 %", "10 %", "50 %"});
}

TEST_CASE("claims on a board without a floor say what rows are compared with") {
  std::vector<Result> results;
  for (const int seed : {1, 2}) results.push_back(SampleResult("oja", seed, 0.4 + 0.01 * seed));
  for (const int seed : {1, 2}) results.push_back(SampleResult("hebb", seed, 0.3));
  CHECK_THAT(NotesIn(SeenTable(results, {.layout = "claims"})),
             Contains("compared with the first, oja"));
}

TEST_CASE("claims are made where seeds suffice, and refused in words where not") {
  std::vector<Result> results = Usual(9);
  const Table table = SeenTable(results, {.layout = "claims"});
  CHECK(table.title == "classification on cifar10, test accuracy, against random");
  CHECK(*MeasuredIn(table, "sphere", "difference").mean == Approx(0.113));
  // All nine differences agree; four comparisons are Holm's family.
  CHECK(TextIn(CellOf(table, "sphere", "p_seeds")) == "0.016");
  CHECK(TextIn(CellOf(table, "random", "p_seeds")) == "(reference)");
  CHECK_THAT(TextIn(CellOf(table, "sphere", "practical")), Contains("100 %"));
  const Table few = SeenTable(Usual(3), {.layout = "claims"});
  CHECK(TextIn(CellOf(few, "sphere", "p_seeds")) == "3 of 8 seeds");
  CHECK_THAT(NotesIn(few), Contains("adjusted by Holm for 4 comparisons") &&
                               Contains("for which a claim needs 8 seeds"));
  CHECK_THAT(NotesIn(few), Contains("not kept by image"));
  for (const Column& column : few.columns) CHECK(column.key != "p_images");
  Asked asked{.layout = "claims"};
  asked.options.reference = "spehre";
  CHECK_THROWS_WITH(Seen(results, asked), Contains("Nearest: sphere"));
  asked.options.reference = "backprop";
  CHECK(*MeasuredIn(SeenTable(results, asked), "sphere", "difference").mean == Approx(-0.064));
}

TEST_CASE("over images a claim holds in every common seed, or is none") {
  std::vector<Result> results;
  for (const int seed : {1, 2}) {
    for (const char* rule : {"random", "sphere", "oja"}) {
      Result result = SampleResult(rule, seed, 0.5);
      std::vector<bool> right;
      for (int i = 0; i < 400; ++i) {
        const bool better = std::string(rule) == "sphere" && i % 4 == 0;
        right.push_back(i % 2 == 0 || better || (rule == std::string("oja") && i % 97 == 0));
      }
      for (int i = 1; i < 400 && rule == std::string("sphere"); i += 4) {
        right[static_cast<std::size_t>(i)] = true;  // a quarter more
      }
      result.predictions["test"] = {10, std::vector<int>(400), right};
      results.push_back(result);
    }
  }
  const Table table = SeenTable(results, {.layout = "claims"});
  CHECK(TextIn(CellOf(table, "sphere", "p_images")) == "< 0.001");
  CHECK(TextIn(CellOf(table, "oja", "p_images")) == "0.500");
  for (const int seed : {1, 2}) results.push_back(SampleResult("hebb", seed, 0.5));
  CHECK(TextIn(CellOf(SeenTable(results, {.layout = "claims"}), "hebb", "p_images")) ==
        "answers not kept");
}

TEST_CASE("what is not significantly worse than the best is marked with it, where seeds suffice") {
  const Table few = SeenTable(Usual(3));
  CHECK(MeasuredIn(few, "sphere").best);
  CHECK(MeasuredIn(few, "softhebb").second);
  CHECK_THAT(few.marks, Contains("3 common seeds cannot tell from the others (7 would)"));
  std::vector<Result> results = Usual(8);
  for (int seed = 1; seed <= 8; ++seed) {
    results.push_back(SampleResult("hebb", seed, 0.478 + (seed % 2 == 0 ? 0.01 : -0.011)));
  }
  const Table table = SeenTable(results);
  CHECK(MeasuredIn(table, "sphere").best);
  CHECK(MeasuredIn(table, "hebb").best);  // now above, now below
  CHECK_FALSE(MeasuredIn(table, "softhebb").best);
  CHECK(MeasuredIn(table, "softhebb").second);
  CHECK_THAT(table.marks, Contains("not significantly worse"));
}

TEST_CASE("the ranking puts boards together between floor and ceiling") {
  std::vector<Result> results = Usual(3);
  for (Result result : Usual(3)) {
    result.request["data"]["name"] = "cifar100";
    result.metrics["accuracy.test"].value = *result.metrics["accuracy.test"].value / 2;
    result.run_id = RunId(result.request);
    results.push_back(result);
  }
  const Table table = SeenTable(results, {.layout = "ranking"});
  CHECK(LabelsIn(table) ==
        std::vector<std::string>{"backprop", "sphere", "softhebb", "oja", "random"});
  CHECK(NumberIn(table, "sphere", "mean_rank") == 2);
  CHECK_THAT(TextIn(CellOf(table, "sphere", "iqm")), Catch::StartsWith("0.64 ["));
  CHECK_THAT(NotesIn(table), Contains("Critical difference of mean ranks"));
  CHECK_THAT(NotesIn(table), !Contains("Left out"));
  results.push_back(SampleResult("hebb", 1, 0.4));
  Result alone = SampleResult("sphere", 1, 0.4);
  alone.request["data"]["name"] = "fashion-mnist";
  alone.run_id = RunId(alone.request);
  results.push_back(alone);
  CHECK_THAT(NotesIn(SeenTable(results, {.layout = "ranking"})),
             Contains("Left out, for only some of the boards have them: hebb.") &&
                 Contains("for want of a floor below a ceiling: classification on fashion-mnist."));
}

}  // namespace
}  // namespace plasticity
