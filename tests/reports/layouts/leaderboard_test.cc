#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <sstream>

#include "reports/statistics/summary.h"
#include "reports/text_table.h"
#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/store.h"
#include "tests/reports/seen.h"

namespace plasticity {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST_CASE("rows are sorted, ranked and measured against the ceiling") {
  const Table board = SeenTable(Usual(6));
  CHECK(LabelsIn(board) ==
        std::vector<std::string>{"backprop", "sphere", "softhebb", "oja", "random"});
  CHECK_FALSE(NumberIn(board, "backprop", "rank"));
  CHECK(NumberIn(board, "sphere", "rank") == 1);
  CHECK(NumberIn(board, "oja", "rank") == 3);
  CHECK_FALSE(NumberIn(board, "random", "rank"));
  CHECK(board.columns[ColumnNamed(board, "vs_ceiling")].heading == "vs backprop");
  CHECK_FALSE(NumberIn(board, "backprop", "vs_ceiling"));
  const std::vector<double> values = {0.478, 0.477, 0.479, 0.478, 0.477, 0.479};
  const StudentInterval interval = ConfidenceInterval(values);
  CHECK(*MeasuredIn(board, "sphere").mean == Approx(interval.mean));
  CHECK(*MeasuredIn(board, "sphere").sd == Approx(interval.sd));
  CHECK(*MeasuredIn(board, "sphere").halfwidth == Approx(interval.halfwidth));
  CHECK(*NumberIn(board, "sphere", "vs_ceiling") == Approx(0.478 - 0.542));
  CHECK(MeasuredIn(board, "sphere").runs.size() == 6);
  CHECK(board.about["results"] == 30);
  CHECK(board.notes.empty());
}

// A cell under a strategy whose facts give it that role in a table of strategies.
Result Under(const std::string& rule, const std::string& strategy, const std::string& role,
             double accuracy) {
  return EditedSample(rule, 1, accuracy, [&](Result& result) {
    if (strategy == "finetune") return;
    result.request["strategy"] = {{"name", strategy}};
    result.strategy = {
        {"summary", strategy}, {"source", ""}, {"citation", strategy + "2026"}, {"role", role}};
  });
}

TEST_CASE("among strategies the ceiling has all data at once, and the floor forgets") {
  const Table board =
      SeenTable({Under("backprop", "finetune", "", 0.1), Under("backprop", "joint", "ceiling", 0.6),
                 Under("backprop", "er", "", 0.5), Under("random", "er", "", 0.2),
                 Under("random", "joint", "ceiling", 0.25), Under("random", "finetune", "", 0.05),
                 Under("sphere", "joint", "ceiling", 0.55), Under("sphere", "er", "", 0.4),
                 Under("oja", "er", "", 0.3)});
  CHECK(board.columns[ColumnNamed(board, "vs_ceiling")].heading == "vs backprop + joint");
  const std::vector<std::string> ranked = {"backprop + er", "sphere + er", "oja + er", "backprop"};
  for (std::size_t i = 0; i < ranked.size(); ++i)
    CHECK(NumberIn(board, ranked[i], "rank") == static_cast<double>(i + 1));
  const std::map<std::string, std::string> roles = {{"backprop + joint", "ceiling"},
                                                    {"sphere + joint", "ceiling"},
                                                    {"random + joint", "ceiling"},
                                                    {"random", "floor"},
                                                    {"random + er", ""}};
  for (const TableRow& row : board.rows) {
    const auto role = roles.find(std::get<std::string>(row.cells[1]));
    CHECK(row.about["baseline"] == (role != roles.end()));
    if (role != roles.end()) CHECK(row.about["role"] == role->second);
  }
}

TEST_CASE("where nothing but baselines learns, strategies are ranked") {
  const std::vector<Result> results = {
      Under("backprop", "finetune", "", 0.1), Under("backprop", "joint", "ceiling", 0.6),
      Under("backprop", "er", "", 0.5), Under("backprop", "mine", "", 0.4)};
  const Table board = SeenTable(results);
  CHECK_FALSE(NumberIn(board, "backprop + joint", "rank"));
  CHECK(NumberIn(board, "backprop + er", "rank") == 1);
  CHECK(NumberIn(board, "backprop + mine", "rank") == 2);
  CHECK_FALSE(NumberIn(board, "backprop", "rank"));
  CHECK(SeenTable(results, {.layout = "claims"}).title ==
        "classification on cifar10, test accuracy, against backprop");
  const Table without = SeenTable({results[0], results[2], results[3]});
  CHECK(NumberIn(without, "backprop + mine", "rank") == 2);
  CHECK_THAT(NotesIn(without), Contains("the ceiling (joint or cumulative)"));
}

TEST_CASE("an imported row takes no board its chance, and a stream's title says the setting") {
  const auto of_stream = [](const std::string& rule, double accuracy) {
    return EditedSample(rule, 1, accuracy, [&](Result& result) {
      result.request["task"]["params"]["scenario"] = {
          {"name", "split"}, {"params", {{"setting", "class-incremental"}}}};
      result.headline = "acc.final";
      result.metrics["acc.final"] = {accuracy, true, "fraction", "", "", 0.1};
    });
  };
  Result imported = of_stream("aaa", 0.3);  // the board's first row
  imported.metrics["acc.final"].chance.reset();
  const Table board = SeenTable({imported, of_stream("oja", 0.4)});
  CHECK(board.title == "classification on cifar10 (class-incremental), acc.final");
  CHECK_THAT(FactIn(board, "measured"), Contains("chance 10.0 %"));
}

TEST_CASE("the level of the interval is an option") {
  Asked options;
  options.options.level = 0.99;
  const Table board = SeenTable(Usual(3), options);
  CHECK(*MeasuredIn(board, "sphere").halfwidth ==
        Approx(ConfidenceInterval({0.478, 0.477, 0.479}, 0.99).halfwidth));
  CHECK_THAT(FactIn(board, "measured"), Contains("99 % confidence interval"));
}

TEST_CASE("the title and the facts say what the numbers are") {
  const Table board = SeenTable(Usual(2));
  CHECK(board.title == "classification on cifar10, test accuracy");
  CHECK(FactIn(board, "measured") ==
        "percent of the 10,000 test images that are classified correctly; chance 10.0 %; mean ± "
        "half-width of the 95 % confidence interval (Student's t) over 2 seeds");
  CHECK(FactIn(board, "network") == "sphere-cnn (1 block, input standardize, width 0.25)");
  CHECK(FactIn(board, "learning") ==
        "12,000 images seen in every cell that learns, repeats and controls' counted");
  CHECK(FactIn(board, "readout") == "linear (epochs 10)");
  CHECK(FactIn(board, "data") ==
        "cifar10 (version 1): 10 classes, re-encoded images: not the "
        "official pixels, fingerprint 8bed..5996");
  CHECK(FactIn(board, "task") ==
        "classification (epochs 1, train_images 12000, version 1), protocol version 1, float32");
}

TEST_CASE("a row cites its rule, and its strategy where the Result knows one") {
  std::vector<Result> results = Usual(2);
  CHECK(SeenTable(results).rows.front().citations == std::vector<std::string>{"nobody2026nothing"});
  for (Result& result : results) result.strategy = {{"citation", "chaudhry2019tiny"}};
  CHECK(SeenTable(results).rows.front().citations ==
        std::vector<std::string>{"nobody2026nothing", "chaudhry2019tiny"});
}

TEST_CASE("too few seeds are said to support no claim") {
  CHECK(
      NotesIn(SeenTable(Usual(2))) ==
      "2 seeds cannot support a claim of difference (smallest possible p is 0.5); 6 could, of one "
      "pair.\n");
  CHECK_THAT(NotesIn(SeenTable(Usual(5))), Contains("smallest possible p is 0.0625"));
  CHECK(NotesIn(SeenTable(Usual(7))).empty());
}

TEST_CASE("one seed has a value, no interval, and a note") {
  const Table board = SeenTable(Usual(1));
  CHECK(MeasuredIn(board, "sphere").mean == 0.478);
  CHECK_FALSE(MeasuredIn(board, "sphere").halfwidth);
  CHECK_FALSE(MeasuredIn(board, "sphere").sd);
  CHECK_THAT(FactIn(board, "measured"), Contains("one seed, so no interval"));
  CHECK_THAT(NotesIn(board), Contains("1 seed gives no interval and cannot support a claim"));
  const std::string text = Written("terminal", {board});
  CHECK_THAT(text, Contains("47.8") && !Contains("±"));
}

TEST_CASE("rows of different numbers of seeds say so") {
  std::vector<Result> results = Usual(6);
  results.push_back(SampleResult("bcm", 2, 0.30));
  results.push_back(SampleResult("bcm", 9, 0.32));
  results.push_back(SampleResult("hebb", 4, 0.20));
  const Table board = SeenTable(results);
  CHECK(MeasuredIn(board, "bcm").runs.size() == 2);
  CHECK_FALSE(MeasuredIn(board, "hebb").halfwidth);
  CHECK_THAT(FactIn(board, "measured"), Contains("over the seeds of each row"));
  CHECK_THAT(NotesIn(board), Contains("fewer than 6 seeds cannot support a claim of difference: "
                                      "bcm (2), hebb (1)."));
  CHECK_THAT(NotesIn(board), Contains("The rows rest on different seeds"));
  CHECK_THAT(Written("terminal", {board}),
             Contains("seeds") && Contains("2, 9") && Contains("1-6"));
}

TEST_CASE("few seeds of different number give the most that they could show") {
  std::vector<Result> results = Usual(3);
  results.push_back(SampleResult("bcm", 1, 0.30));
  CHECK_THAT(NotesIn(SeenTable(results)),
             Contains("1 to 3 seeds cannot support a claim of difference "
                      "(smallest possible p is 0.25)"));
}

TEST_CASE("conditions are never mixed") {
  const auto differs = [](auto edit) {
    std::vector<Result> results = Usual(2);
    results.push_back(EditedSample("oja", 1, 0.9, edit));
    return Seen(results);
  };
  const auto check = [](const std::vector<Table>& tables, const std::string& what) {
    REQUIRE(tables.size() == 2);
    const bool second = tables[1].about["results"] == 1;
    const Table& lone = tables[second ? 1 : 0];
    const Table& usual = tables[second ? 0 : 1];
    CHECK(lone.about["results"] == 1);
    CHECK(usual.about["results"] == 10);
    CHECK(*MeasuredIn(usual, "oja").mean < 0.4);
    CHECK_THAT(FactIn(lone, "only here"), Contains(what));
    CHECK_THAT(FactIn(usual, "only here"), !Contains(what));
    CHECK_THAT(NotesIn(lone), Contains("No complete result of the ceiling (backprop)"));
  };
  check(differs([](Result& r) { r.request["task"]["params"]["train_images"] = 24000; }),
        "task.params.train_images=24000");
  check(differs([](Result& r) { r.request["task"]["version"] = 2; }), "task.version=2");
  check(differs([](Result& r) {
          r.request["data"]["fingerprint"] = "ffff" + std::string(kFingerprint).substr(4);
        }),
        "data.fingerprint=ffff..5996");
  check(differs([](Result& r) { r.request["network"]["width"] = 1; }), "network.width=1");
  check(differs([](Result& r) {
          for (int i = 0; i < 4; ++i)
            r.request["network"]["blocks"].push_back(r.request["network"]["blocks"][0]);
        }),
        "network.blocks=digest ");
  check(differs([](Result& r) { r.request["readout"]["params"]["epochs"] = 20; }),
        "readout.params.epochs=20");
  check(differs([](Result& r) { r.request["protocol_version"] = 2; }), "protocol_version=2");
  check(differs([](Result& r) { r.request["precision"] = "bfloat16"; }), "precision=bfloat16");
  check(differs([](Result& r) { r.request["budget"] = {{"kind", "time"}}; }), "budget.kind=time");
}

TEST_CASE("tasks and data sets have boards of their own, in order") {
  std::vector<Result> results = Usual(1);
  results.push_back(
      EditedSample("oja", 1, 0.5, [](Result& r) { r.request["data"]["name"] = "cifar100"; }));
  results.push_back(
      EditedSample("oja", 1, 0.5, [](Result& r) { r.request["task"]["name"] = "apples"; }));
  const std::vector<Table> tables = Seen(results);
  REQUIRE(tables.size() == 3);
  CHECK(tables[0].title == "apples on cifar10, test accuracy");
  CHECK(tables[1].title == "classification on cifar10, test accuracy");
  CHECK(tables[2].title == "classification on cifar100, test accuracy");
  CHECK(FactIn(tables[0], "only here").empty());
}

TEST_CASE("filters pick tasks, data and rules, and keep ceiling and floor") {
  std::vector<Result> results = Usual(2);
  results.push_back(
      EditedSample("bcm", 1, 0.5, [](Result& r) { r.request["data"]["name"] = "cifar100"; }));
  Asked options;
  options.selection.data = "cifar100";
  CHECK(LabelsIn(SeenTable(results, options)) == std::vector<std::string>{"bcm"});
  options = {};
  options.selection.rules = {"oja"};
  CHECK(LabelsIn(SeenTable(results, options)) ==
        std::vector<std::string>{"backprop", "oja", "random"});
  options = {};
  options.selection.task = "clasification";
  CHECK_THROWS_WITH(Seen(results, options),
                    Contains("no result of the task 'clasification'. Nearest: classification."));
  options = {};
  options.selection.data = "cifar1000";
  CHECK_THROWS_WITH(Seen(results, options), Contains("There are results of cifar10, "));
  options = {};
  options.selection.rules = {"oja", "spehre"};
  CHECK_THROWS_WITH(Seen(results, options), Contains("Nearest: sphere"));
  options = {};
  options.selection.data = "cifar100";
  options.selection.rules = {"oja"};
  CHECK_THROWS_WITH(Seen(results, options), Contains("filters"));
  options = {};
  options.options.metric = "acuracy.test";
  CHECK_THROWS_WITH(Seen(results, options), Contains("Nearest: accuracy.test"));
}

TEST_CASE("a filter picks strategies, none by its usual name") {
  std::vector<Result> results = Usual(1);
  results.push_back(EditedSample("oja", 1, 0.6, [](Result& r) {
    r.request["strategy"] = {{"name", "er"}, {"params", nlohmann::json::object()}};
  }));
  Asked options;
  options.selection.strategies = {"er"};
  CHECK(LabelsIn(SeenTable(results, options)) == std::vector<std::string>{"oja + er"});
  options.selection.strategies = {"finetune"};
  CHECK(LabelsIn(SeenTable(results, options)).size() == LabelsIn(SeenTable(Usual(1), {})).size());
  options.selection.strategies = {"ewx"};
  CHECK_THROWS_WITH(Seen(results, options), Contains("There are results of er, finetune"));
}

TEST_CASE("task and data may exist, but not together") {
  std::vector<Result> results = Usual(1);
  results.push_back(EditedSample("oja", 1, 0.5, [](Result& r) {
    r.request["data"]["name"] = "cifar100";
    r.request["task"]["name"] = "transfer";
  }));
  Asked options;
  options.selection.task = "classification";
  options.selection.data = "cifar100";
  CHECK_THROWS_WITH(Seen(results, options), Contains("passes all of the filters"));
}

TEST_CASE("any metric can be ranked by, in its own direction and unit") {
  std::vector<Result> results = Usual(2);
  for (Result& result : results) {
    result.metrics["loss.readout"].value = 2 - *result.metrics["accuracy.test"].value;
  }
  Asked options;
  options.options.metric = "loss.readout";
  const Table board = SeenTable(results, options);
  CHECK(LabelsIn(board).front() == "backprop");  // the lowest loss
  CHECK(board.title == "classification on cifar10, loss.readout");
  CHECK_THAT(FactIn(board, "measured"), Contains("loss.readout in nats, lower is better"));
  CHECK_THAT(Written("terminal", {board}), Contains("1.458") && !Contains("145.8"));
}

TEST_CASE("a task's headline is what its board ranks by") {
  std::vector<Result> results = Usual(2);
  for (Result& result : results) {
    result.headline = "acc.final";
    result.metrics["acc.final"] = {0.25, true, "fraction", ""};
  }
  const Table board = SeenTable(results);
  CHECK(board.about["metric"] == "acc.final");
  CHECK(*MeasuredIn(board, "backprop", "acc.final").mean == 0.25);
  CHECK(NumberIn(board, "oja", "rank") == 1);
  CHECK(NumberIn(board, "sphere", "rank") == 1);  // equal means share a rank
}

TEST_CASE("rows that lost seeds are shown with the count, neither averaged nor ranked") {
  std::vector<Result> results = Usual(4);
  results.push_back(LostSample("bcm", 1, "diverged", "not finite at step 12"));
  results.push_back(SampleResult("bcm", 2, 0.95));
  results.push_back(SampleResult("bcm", 3, 0.90));
  results.push_back(LostSample("bcm", 4, "failed", "out of memory"));
  const Table board = SeenTable(results);
  const Measured& row = MeasuredIn(board, "bcm");
  CHECK(LabelsIn(board).back() == "bcm");
  CHECK(row.diverged == 1);
  CHECK(row.failed == 1);
  CHECK(row.runs.size() == 4);
  CHECK_FALSE(NumberIn(board, "bcm", "rank"));
  CHECK_FALSE(row.mean);
  CHECK_FALSE(NumberIn(board, "bcm", "vs_ceiling"));
  CHECK_THAT(
      NotesIn(board),
      Contains("bcm: 1 diverged, 1 failed of 4 seeds (seed 1: not finite at step 12; seed 4: "
               "out of memory). The others gave 90.0 to 95.0, not averaged"));
  CHECK_THAT(Written("terminal", {board}), Contains("1 diverged, 1 failed of 4"));
  CHECK_THAT(Written("markdown", {board}), Contains("1 diverged, 1 failed of 4"));
}

TEST_CASE("a board may consist of lost cells only") {
  const Table board = SeenTable({LostSample("bcm", 1, "diverged", "not finite"),
                                 LostSample("bcm", 2, "diverged", "not finite")});
  CHECK(MeasuredIn(board, "bcm").diverged == 2);
  CHECK_THAT(NotesIn(board), Contains("bcm: 2 diverged of 2 seeds (seeds 1-2: not finite)."));
  CHECK_THAT(Written("terminal", {board}), Contains("2 diverged of 2"));
  CHECK_NOTHROW(json::parse(Written("json", {board})));
}

TEST_CASE("a value that is missing or not finite counts as lost") {
  std::vector<Result> results = Usual(2);
  Result bad = SampleResult("bcm", 1, kNan);
  results.push_back(bad);
  results.push_back(SampleResult("bcm", 2, 0.3));
  bad = SampleResult("hebb", 1, 0.3);
  bad.metrics.erase("accuracy.test");
  results.push_back(bad);
  const Table board = SeenTable(results);
  CHECK(MeasuredIn(board, "bcm").without_value == 1);
  CHECK_FALSE(MeasuredIn(board, "bcm").mean);
  CHECK_THAT(NotesIn(board), Contains("the value is not a finite number"));
  CHECK_THAT(NotesIn(board), Contains("the result has no accuracy.test"));
  for (const char* writer : {"terminal", "markdown", "csv", "latex", "html"}) {
    CHECK_THAT(Written(writer, {board}), !Contains("nan", Catch::CaseSensitive::No));
  }
  CHECK_NOTHROW(json::parse(Written("json", {board})));
}

TEST_CASE("a ceiling that lost seeds is no yardstick") {
  std::vector<Result> results = Usual(1);
  results.push_back(LostSample("backprop", 2, "failed", "out of memory"));
  const Table board = SeenTable(results);
  for (const Column& column : board.columns) CHECK(column.key != "vs_ceiling");
  CHECK_THAT(NotesIn(board), Contains("No complete result of the ceiling (backprop)"));
}

TEST_CASE("rows of one rule are told apart by what differs") {
  std::vector<Result> results = Usual(2);
  const auto with = [](double lambda, json schedule) {
    return [=](Result& result) {
      result.request["rule"]["params"]["lambda"] = lambda;
      result.request["rule"]["params"]["schedule"] = {{"kind", schedule}};
    };
  };
  for (const int seed : {1, 2}) {
    results.push_back(EditedSample("bcm", seed, 0.30, with(0.5, "cosine")));
    results.push_back(EditedSample("bcm", seed, 0.31, with(1, "cosine")));
    results.push_back(EditedSample("bcm", seed, 0.32, with(0.5, "none")));
  }
  const Table board = SeenTable(results);
  CHECK(MeasuredIn(board, "bcm lambda=0.5 schedule.kind=cosine").mean);
  CHECK(MeasuredIn(board, "bcm lambda=1 schedule.kind=cosine").mean);
  CHECK(MeasuredIn(board, "bcm lambda=0.5 schedule.kind=none").mean);
  CHECK(MeasuredIn(board, "oja").mean);
  CHECK(board.rows.size() == 8);
}

TEST_CASE("rows of plugins say so, and from which library they come") {
  std::vector<Result> results = Usual(2);
  results.push_back(EditedSample("mine", 1, 0.3, [](Result& result) {
    const std::string digest = "01234567" + std::string(56, '0');
    result.request["rule"]["plugin"] = digest;
    result.rule["plugin"] = {{"file", "libmine.so"}, {"sha256", digest}};
  }));
  const Table board = SeenTable(results);
  CHECK(MeasuredIn(board, "mine (plugin)").mean);
  CHECK(MeasuredIn(board, "oja").mean);
  CHECK(board.about["plugins"] == json{"mine from libmine.so (SHA-256 01234567)"});
  const std::string footer = "; plugins: mine from libmine.so (SHA-256 01234567).";
  CHECK_THAT(Written("markdown", Seen(results)), Contains(footer));
  CHECK_THAT(Written("markdown", Seen(Usual(2))), !Contains("plugin"));
}

TEST_CASE("rows of other tools say so, are never ranked, and are counted") {
  const auto imported = [](int seed, const std::string& tool) {
    return EditedSample("oja", seed, 0.99, [&](Result& result) {
      result.request["rule"] = {{"name", "oja"}, {"params", json::object()}, {"imported", tool}};
      result.rule = {{"summary", ""},
                     {"citation", ""},
                     {"origin", "imported"},
                     {"imported", {{"tool", tool}, {"file", "f"}, {"sha256", "0"}}},
                     {"baseline", true}};
      result.cost = {};
    });
  };
  std::vector<Result> results = Usual(2);
  const std::string note = " imported from other tools: not measured here, and not ranked.";
  CHECK_THAT(NotesIn(SeenTable(results)), !Contains(note));
  for (const int seed : {1, 2}) results.push_back(imported(seed, "avalanche"));
  results.push_back(imported(1, "mammoth"));
  const Table board = SeenTable(results);
  CHECK(MeasuredIn(board, "oja (imported from avalanche)").runs.size() == 2);
  CHECK_FALSE(NumberIn(board, "oja (imported from avalanche)", "rank"));
  CHECK(MeasuredIn(board, "oja (imported from mammoth)").runs.size() == 1);
  CHECK(MeasuredIn(board, "oja").runs.size() == 2);
  CHECK_THAT(NotesIn(board), Contains("2 rows" + note));
  CHECK(FactIn(SeenTable({imported(1, "csv")}), "learning") == "not told");
}

TEST_CASE("builds of a plugin are rows of their own, named where there are several") {
  std::vector<Result> results = Usual(2);
  const auto built = [&](int seed, const std::string& digest) {
    results.push_back(EditedSample("mine", seed, 0.3, [&](Result& result) {
      result.request["rule"]["plugin"] = digest + std::string(56, '0');
    }));
  };
  built(1, "01234567");
  built(2, "01234567");
  CHECK(MeasuredIn(SeenTable(results), "mine (plugin)").runs.size() == 2);
  built(3, "89abcdef");
  const Table board = SeenTable(results);
  CHECK(MeasuredIn(board, "mine plugin=01234567").runs.size() == 2);
  CHECK(MeasuredIn(board, "mine plugin=89abcdef").runs.size() == 1);
  for (Result& result : results)
    if (result.request["rule"].contains("plugin"))
      result.request["rule"]["tuned"] = {
          {"digest", std::string(64, '7')}, {"trials", 6}, {"images", 1000}};
  const Table tuned = SeenTable(results);
  CHECK(MeasuredIn(tuned, "mine (tuned) plugin=01234567").runs.size() == 2);
  CHECK(MeasuredIn(tuned, "mine (tuned) plugin=89abcdef").runs.size() == 1);
}

TEST_CASE("rows of different tuning budgets are named, and never ranked together") {
  std::vector<Result> results = Usual(2);
  CHECK_THAT(Written("csv", Seen(results)), !Contains("tuning"));
  const auto tuned = [&](const std::string& rule, double accuracy, int trials) {
    for (const int seed : {1, 2}) {
      results.push_back(EditedSample(rule, seed, accuracy, [&](Result& result) {
        result.request["rule"]["tuned"] = {
            {"digest", "89abcdef01234567"}, {"trials", trials}, {"images", 380000}};
      }));
    }
  };
  tuned("oja", 0.40, 20);
  tuned("bcm", 0.41, 20);
  const Table board = SeenTable(results);
  CHECK(TextIn(CellOf(board, "oja", "tuning")) == "none");
  CHECK(TextIn(CellOf(board, "oja (tuned)", "tuning")) == "20 trials, 380,000 images");
  CHECK(NumberIn(board, "sphere", "rank") == 1);
  CHECK(NumberIn(board, "softhebb", "rank") == 2);
  CHECK(NumberIn(board, "bcm (tuned)", "rank") == 1);
  CHECK(NumberIn(board, "oja (tuned)", "rank") == 2);
  CHECK(MeasuredIn(board, "sphere").best);
  CHECK(MeasuredIn(board, "bcm (tuned)").best);
  CHECK_THAT(NotesIn(board), Contains("ranked apart") && Contains("oja (untuned)") &&
                                 Contains("(20 trials, 380,000 images)"));
}

TEST_CASE("a strategy other than finetune is part of the label") {
  std::vector<Result> results = Usual(2);
  const auto under = [&](const std::string& rule, const std::string& strategy, int images) {
    for (const int seed : {1, 2}) {
      results.push_back(EditedSample(rule, seed, 0.3, [&](Result& result) {
        result.request["strategy"] = {{"name", strategy}, {"params", json::object()}};
        if (images > 0) result.request["strategy"]["params"]["images"] = images;
      }));
    }
  };
  under("softhebb", "er", 500);
  under("softhebb", "er", 200);
  under("oja", "ewc", 0);
  under("hebb", "finetune", 0);
  const Table board = SeenTable(results);
  CHECK(MeasuredIn(board, "softhebb + er strategy.images=500").runs.size() == 2);
  CHECK(MeasuredIn(board, "softhebb + er strategy.images=200").runs.size() == 2);
  CHECK(MeasuredIn(board, "oja + ewc").runs.size() == 2);
  CHECK(MeasuredIn(board, "softhebb").runs.size() == 2);
  CHECK(MeasuredIn(board, "hebb").runs.size() == 2);
  const json rows = json::parse(Written("json", {board}))["tables"][0]["rows"];
  CHECK(std::count_if(rows.begin(), rows.end(), [](const json& row) {
          return row["about"]["rule"]["name"] == "softhebb" && row["about"].contains("strategy");
        }) == 2);
}

TEST_CASE("what was skipped says why, without rank, and is no failure") {
  std::vector<Result> results = Usual(2);
  for (const int seed : {1, 2}) {
    results.push_back(LostSample("bcm", seed, "skipped", "ewc needs a loss, bcm has none"));
  }
  const Table board = SeenTable(results);
  const Measured& row = MeasuredIn(board, "bcm");
  CHECK(row.skipped == 2);
  CHECK(row.failed == 0);
  CHECK_FALSE(NumberIn(board, "bcm", "rank"));
  CHECK_FALSE(row.mean);
  CHECK(LabelsIn(board).back() == "bcm");
  for (const char* format : {"terminal", "markdown"})
    CHECK_THAT(Written(format, {board}), Contains("skipped") && !Contains("skipped: ewc"));
  CHECK_THAT(NotesIn(board), Contains("bcm: 2 skipped of 2 seeds (seeds 1-2: ewc needs"));
  results.push_back(SampleResult("bcm", 3, 0.4));
  const Table mixed = SeenTable(results);
  CHECK_FALSE(MeasuredIn(mixed, "bcm").mean);
  CHECK_THAT(Written("terminal", {mixed}), Contains("2 skipped of 3"));
}

TEST_CASE("cells with other outcomes elsewhere are counted in a note") {
  const std::vector<Result> results = Usual(6);
  Asked options;
  options.disputed = {"0123456789abcdef"};  // of a cell that is not shown
  CHECK(SeenTable(results, options).notes.empty());
  options.disputed.insert(results[0].run_id);
  CHECK_THAT(NotesIn(SeenTable(results, options)),
             Contains("1 cell had another outcome in another folder: the latest counts."));
}

TEST_CASE("a metric that explains itself is explained, and has its own chance") {
  std::vector<Result> results = Usual(6);
  for (Result& result : results) {
    Metric& metric = result.metrics["accuracy.test"];
    metric.definition = "Test images whose class is among the five best guesses.";
    metric.chance = 0.5;
  }
  const Table board = SeenTable(results);
  CHECK_THAT(FactIn(board, "measured"),
             Catch::StartsWith("Test images whose class is among the five best guesses, in "
                               "percent, higher is better; chance 50.0 %; mean"));
  CHECK_THAT(NotesIn(board), Contains("Not told apart from chance (50.0 %): sphere, softhebb"));
  Asked options;
  options.options.metric = "loss.readout";
  for (Result& result : results) result.metrics["loss.readout"].chance = 1.25;
  CHECK_THAT(NotesIn(SeenTable(results, options)), Contains("Not told apart from chance (1.25)"));
  for (Result& result : results) result.metrics["loss.readout"].chance = 2.3;
  CHECK(SeenTable(results, options).notes.empty());
}

TEST_CASE("devices are rows of one board, never averaged together") {
  std::vector<Result> results = Usual(2);
  for (const int seed : {1, 2}) {
    results.push_back(EditedSample("oja", seed, 0.390, [](Result& r) {
      r.request["device_type"] = "cuda";
      r.env["device"] = "Imaginary GPU";
      r.cost.peak_device_bytes = 2'000'000'000;
    }));
  }
  const Table board = SeenTable(results);
  CHECK(MeasuredIn(board, "oja (cuda)").runs.size() == 2);
  CHECK(MeasuredIn(board, "oja (cpu)").runs.size() == 2);
  CHECK_THAT(NotesIn(board), Contains("2 kinds of machine"));
  CHECK_THAT(Written("terminal", {board}), Contains("GPU MB") && Contains("2,000"));
}

TEST_CASE("mixed versions of the suite are named") {
  std::vector<Result> results = Usual(6);
  results[0].suite["git"]["dirty"] = true;
  CHECK_THAT(NotesIn(SeenTable(results)),
             Contains("2 versions of the suite: plasticity 0.1.0, commit 19bf3da; plasticity "
                      "0.1.0, commit 19bf3da with uncommitted changes."));
}

TEST_CASE("accuracies that may be chance are named") {
  std::vector<Result> results = Usual(6);
  for (int seed = 1; seed <= 6; ++seed) {
    results.push_back(SampleResult("hebb", seed, 0.1 + 0.01 * (seed % 2 ? 1 : -1)));
  }
  CHECK_THAT(NotesIn(SeenTable(results)), Contains("Not told apart from chance (10.0 %): hebb."));
}

TEST_CASE("budgets that differ within a board are shown by row") {
  std::vector<Result> results = Usual(2);
  for (Result& result : results) {
    if (result.request["rule"]["name"] == "oja") result.cost.samples_seen = 600;
  }
  const Table board = SeenTable(results);
  CHECK_THAT(FactIn(board, "learning"), Contains("from 600 to 12,000 images seen"));
  CHECK_THAT(Written("terminal", {board}), Contains("images seen"));
}

TEST_CASE("no results and cells given twice are errors") {
  CHECK_THROWS_AS(Seen({}), InputError);
  CHECK_THROWS_WITH(Seen({SampleResult("oja", 1, 0.5), SampleResult("oja", 1, 0.5)}),
                    Contains("is given twice"));
}

TEST_CASE("the order of the results does not matter") {
  std::vector<Result> results = Usual(3);
  const std::string forth = Written("json", Seen(results));
  std::reverse(results.begin(), results.end());
  CHECK(Written("json", Seen(results)) == forth);
}

}  // namespace
}  // namespace plasticity
