#include "reports/leaderboard.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <sstream>

#include "reports/commands.h"
#include "reports/statistics.h"
#include "reports/text_table.h"
#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/store.h"
#include "tests/reports/sample.h"

namespace plasticity {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<std::string> Labels(const LeaderboardBoard& board) {
  std::vector<std::string> labels;
  for (const LeaderboardRow& row : board.rows) labels.push_back(row.label);
  return labels;
}

const LeaderboardRow& RowOf(const LeaderboardBoard& board, const std::string& label) {
  for (const LeaderboardRow& row : board.rows) {
    if (row.label == label) return row;
  }
  FAIL("no row labelled " << label);
  return board.rows.front();
}

std::string NotesOf(const LeaderboardBoard& board) {
  std::string notes;
  for (const std::string& note : board.notes) notes += note + "\n";
  return notes;
}

std::string FactOf(const LeaderboardBoard& board, const std::string& heading) {
  for (const auto& [key, text] : board.facts) {
    if (key == heading) return text;
  }
  return "";
}

// The one board of these results.
LeaderboardBoard BoardOf(const std::vector<Result>& results,
                         const LeaderboardOptions& options = {}) {
  const Leaderboard leaderboard = BuildLeaderboard(results, options);
  REQUIRE(leaderboard.boards.size() == 1);
  return leaderboard.boards.front();
}

std::vector<Result> Usual(int seeds) {
  std::vector<Result> results;
  for (int seed = 1; seed <= seeds; ++seed) {
    const double noise = 0.001 * (seed % 3);
    results.push_back(SampleResult("random", seed, 0.364 + noise));
    results.push_back(SampleResult("oja", seed, 0.388 - noise));
    results.push_back(SampleResult("softhebb", seed, 0.452 + noise));
    results.push_back(SampleResult("sphere", seed, 0.479 - noise));
    results.push_back(SampleResult("backprop", seed, 0.541 + noise));
  }
  return results;
}

TEST_CASE("rows are sorted, ranked and measured against the ceiling") {
  const LeaderboardBoard board = BoardOf(Usual(6));
  CHECK(Labels(board) ==
        std::vector<std::string>{"backprop", "sphere", "softhebb", "oja", "random"});
  CHECK_FALSE(board.rows[0].rank);
  CHECK(board.rows[1].rank == 1);
  CHECK(board.rows[3].rank == 3);
  CHECK_FALSE(board.rows[4].rank);
  CHECK(board.ceiling == "backprop");
  CHECK_FALSE(board.rows[0].vs_ceiling);
  const std::vector<double> values = {0.478, 0.477, 0.479, 0.478, 0.477, 0.479};
  const StudentInterval interval = ConfidenceInterval(values);
  CHECK(*board.rows[1].mean == Approx(interval.mean));
  CHECK(*board.rows[1].sd == Approx(interval.sd));
  CHECK(*board.rows[1].halfwidth == Approx(interval.halfwidth));
  CHECK(*board.rows[1].vs_ceiling == Approx(0.478 - 0.542));
  CHECK(board.rows[1].runs.size() == 6);
  CHECK(board.results == 30);
  CHECK(board.notes.empty());
}

TEST_CASE("the level of the interval is an option") {
  LeaderboardOptions options;
  options.level = 0.99;
  const LeaderboardBoard board = BoardOf(Usual(3), options);
  CHECK(*board.rows[1].halfwidth ==
        Approx(ConfidenceInterval({0.478, 0.477, 0.479}, 0.99).halfwidth));
  CHECK_THAT(FactOf(board, "measured"), Contains("99 % confidence interval"));
}

TEST_CASE("the title and the facts say what the numbers are") {
  const LeaderboardBoard board = BoardOf(Usual(2));
  CHECK(board.title == "classification on cifar10, test accuracy");
  CHECK(FactOf(board, "measured") ==
        "percent of the 10,000 test images that are classified correctly; mean ± half-width of the "
        "95 % confidence interval (Student's t) over 2 seeds");
  CHECK(FactOf(board, "network") == "sphere-cnn (1 block, input standardize, width 0.25)");
  CHECK(FactOf(board, "learning") ==
        "12,000 images seen by every rule that learns, repeats counted");
  CHECK(FactOf(board, "readout") == "linear (epochs 10)");
  CHECK(FactOf(board, "data") ==
        "cifar10 (version 1): 10 classes, chance 10.0 %, re-encoded images: not the "
        "official pixels, fingerprint 8bed..5996");
  CHECK(FactOf(board, "task") ==
        "classification (epochs 1, train_images 12000, version 1), protocol version 1, float32");
}

TEST_CASE("too few seeds are said to support no claim") {
  CHECK(NotesOf(BoardOf(Usual(2))) ==
        "2 seeds cannot support a claim of difference (smallest possible p is 0.5); the nightly "
        "plan uses 6.\n");
  CHECK_THAT(NotesOf(BoardOf(Usual(5))), Contains("smallest possible p is 0.0625"));
  CHECK(NotesOf(BoardOf(Usual(7))).empty());
}

TEST_CASE("one seed has a value, no interval, and a note") {
  const LeaderboardBoard board = BoardOf(Usual(1));
  CHECK(board.rows[1].mean == 0.478);
  CHECK_FALSE(board.rows[1].halfwidth);
  CHECK_FALSE(board.rows[1].sd);
  CHECK_THAT(FactOf(board, "measured"), Contains("one seed, so no interval"));
  CHECK_THAT(NotesOf(board), Contains("1 seed gives no interval and cannot support a claim"));
  const std::string text = RenderTerminal({{board}});
  CHECK_THAT(text, Contains("47.8") && !Contains("±"));
}

TEST_CASE("rows of different numbers of seeds say so") {
  std::vector<Result> results = Usual(6);
  results.push_back(SampleResult("bcm", 2, 0.30));
  results.push_back(SampleResult("bcm", 9, 0.32));
  results.push_back(SampleResult("hebb", 4, 0.20));
  const LeaderboardBoard board = BoardOf(results);
  CHECK(RowOf(board, "bcm").runs.size() == 2);
  CHECK_FALSE(RowOf(board, "hebb").halfwidth);
  CHECK_THAT(FactOf(board, "measured"), Contains("over the seeds of each row"));
  CHECK_THAT(NotesOf(board), Contains("fewer than 6 seeds cannot support a claim of difference: "
                                      "bcm (2), hebb (1)."));
  CHECK_THAT(NotesOf(board), Contains("The rows rest on different seeds"));
  CHECK_THAT(RenderTerminal({{board}}), Contains("seeds") && Contains("2, 9") && Contains("1-6"));
}

TEST_CASE("few seeds of different number give the most that they could show") {
  std::vector<Result> results = Usual(3);
  results.push_back(SampleResult("bcm", 1, 0.30));
  CHECK_THAT(NotesOf(BoardOf(results)),
             Contains("1 to 3 seeds cannot support a claim of difference "
                      "(smallest possible p is 0.25)"));
}

TEST_CASE("conditions are never mixed") {
  const auto differs = [](auto edit) {
    std::vector<Result> results = Usual(2);
    results.push_back(EditedSample("oja", 1, 0.9, edit));
    return BuildLeaderboard(results);
  };
  const auto check = [](const Leaderboard& leaderboard, const std::string& what) {
    REQUIRE(leaderboard.boards.size() == 2);
    const bool second = leaderboard.boards[1].results == 1;
    const LeaderboardBoard& lone = leaderboard.boards[second ? 1 : 0];
    const LeaderboardBoard& usual = leaderboard.boards[second ? 0 : 1];
    CHECK(lone.results == 1);
    CHECK(usual.results == 10);
    CHECK(*RowOf(usual, "oja").mean < 0.4);
    CHECK_THAT(FactOf(lone, "only here"), Contains(what));
    CHECK_THAT(FactOf(usual, "only here"), !Contains(what));
    CHECK_THAT(NotesOf(lone), Contains("No complete result of the ceiling (backprop)"));
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
  const Leaderboard leaderboard = BuildLeaderboard(results);
  REQUIRE(leaderboard.boards.size() == 3);
  CHECK(leaderboard.boards[0].title == "apples on cifar10, test accuracy");
  CHECK(leaderboard.boards[1].title == "classification on cifar10, test accuracy");
  CHECK(leaderboard.boards[2].title == "classification on cifar100, test accuracy");
  CHECK(FactOf(leaderboard.boards[0], "only here").empty());
}

TEST_CASE("filters pick tasks, data and rules, and keep ceiling and floor") {
  std::vector<Result> results = Usual(2);
  results.push_back(
      EditedSample("bcm", 1, 0.5, [](Result& r) { r.request["data"]["name"] = "cifar100"; }));
  LeaderboardOptions options;
  options.data = "cifar100";
  CHECK(Labels(BoardOf(results, options)) == std::vector<std::string>{"bcm"});
  options = {};
  options.rules = {"oja"};
  CHECK(Labels(BoardOf(results, options)) == std::vector<std::string>{"backprop", "oja", "random"});
  options = {};
  options.task = "clasification";
  CHECK_THROWS_WITH(BuildLeaderboard(results, options),
                    Contains("no result of the task 'clasification'. Nearest: classification."));
  options = {};
  options.data = "cifar1000";
  CHECK_THROWS_WITH(BuildLeaderboard(results, options), Contains("There are results of cifar10, "));
  options = {};
  options.rules = {"oja", "spehre"};
  CHECK_THROWS_WITH(BuildLeaderboard(results, options), Contains("Nearest: sphere"));
  options = {};
  options.data = "cifar100";
  options.rules = {"oja"};
  CHECK_THROWS_WITH(BuildLeaderboard(results, options), Contains("filters"));
  options = {};
  options.metric = "acuracy.test";
  CHECK_THROWS_WITH(BuildLeaderboard(results, options), Contains("Nearest: accuracy.test"));
}

TEST_CASE("task and data may exist, but not together") {
  std::vector<Result> results = Usual(1);
  results.push_back(EditedSample("oja", 1, 0.5, [](Result& r) {
    r.request["data"]["name"] = "cifar100";
    r.request["task"]["name"] = "transfer";
  }));
  LeaderboardOptions options;
  options.task = "classification";
  options.data = "cifar100";
  CHECK_THROWS_WITH(BuildLeaderboard(results, options), Contains("though there are some of each"));
}

TEST_CASE("any metric can be ranked by, in its own direction and unit") {
  std::vector<Result> results = Usual(2);
  for (Result& result : results) {
    result.metrics["loss.readout"].value = 2 - *result.metrics["accuracy.test"].value;
  }
  LeaderboardOptions options;
  options.metric = "loss.readout";
  const LeaderboardBoard board = BoardOf(results, options);
  CHECK(Labels(board).front() == "backprop");  // the lowest loss
  CHECK(board.title == "classification on cifar10, loss.readout");
  CHECK_THAT(FactOf(board, "measured"), Contains("loss.readout in nats, lower is better"));
  CHECK_THAT(RenderTerminal({{board}}), Contains("1.458") && !Contains("145.8"));
}

TEST_CASE("a task's headline is what its board ranks by") {
  std::vector<Result> results = Usual(2);
  for (Result& result : results) {
    result.headline = "acc.final";
    result.metrics["acc.final"] = {0.25, true, "fraction", ""};
  }
  const LeaderboardBoard board = BoardOf(results);
  CHECK(board.metric == "acc.final");
  CHECK(*board.rows[0].mean == 0.25);
  CHECK(RowOf(board, "oja").rank == 1);
  CHECK(RowOf(board, "sphere").rank == 1);  // equal means share a rank
}

TEST_CASE("rows that lost seeds are shown with the count, neither averaged nor ranked") {
  std::vector<Result> results = Usual(4);
  results.push_back(LostSample("bcm", 1, "diverged", "not finite at step 12"));
  results.push_back(SampleResult("bcm", 2, 0.95));
  results.push_back(SampleResult("bcm", 3, 0.90));
  results.push_back(LostSample("bcm", 4, "failed", "out of memory"));
  const LeaderboardBoard board = BoardOf(results);
  const LeaderboardRow& row = RowOf(board, "bcm");
  CHECK(&row == &board.rows.back());
  CHECK(row.diverged == 1);
  CHECK(row.failed == 1);
  CHECK(row.runs.size() == 4);
  CHECK_FALSE(row.rank);
  CHECK_FALSE(row.mean);
  CHECK_FALSE(row.vs_ceiling);
  CHECK_THAT(
      NotesOf(board),
      Contains("bcm: 1 diverged, 1 failed of 4 seeds (seed 1: not finite at step 12; seed 4: "
               "out of memory). The others gave 90.0 to 95.0, not averaged"));
  CHECK_THAT(RenderTerminal({{board}}), Contains("1 diverged, 1 failed of 4"));
  CHECK_THAT(RenderMarkdown({{board}}), Contains("1 diverged, 1 failed of 4"));
}

TEST_CASE("a board may consist of lost cells only") {
  const LeaderboardBoard board = BoardOf({LostSample("bcm", 1, "diverged", "not finite"),
                                          LostSample("bcm", 2, "diverged", "not finite")});
  CHECK(board.rows[0].diverged == 2);
  CHECK_THAT(NotesOf(board), Contains("bcm: 2 diverged of 2 seeds (seeds 1-2: not finite)."));
  CHECK_THAT(RenderTerminal({{board}}), Contains("2 diverged of 2"));
  CHECK_NOTHROW(json::parse(RenderJson({{board}})));
}

TEST_CASE("a value that is missing or not finite counts as lost") {
  std::vector<Result> results = Usual(2);
  Result bad = SampleResult("bcm", 1, kNan);
  results.push_back(bad);
  results.push_back(SampleResult("bcm", 2, 0.3));
  bad = SampleResult("hebb", 1, 0.3);
  bad.metrics.erase("accuracy.test");
  results.push_back(bad);
  const LeaderboardBoard board = BoardOf(results);
  CHECK(RowOf(board, "bcm").without_value == 1);
  CHECK_FALSE(RowOf(board, "bcm").mean);
  CHECK_THAT(NotesOf(board), Contains("the value is not a finite number"));
  CHECK_THAT(NotesOf(board), Contains("the result has no accuracy.test"));
  for (const std::string& text :
       {RenderTerminal({{board}}), RenderMarkdown({{board}}), RenderJson({{board}})}) {
    CHECK_THAT(text, !Contains("nan", Catch::CaseSensitive::No));
  }
}

TEST_CASE("a ceiling that lost seeds is no yardstick") {
  std::vector<Result> results = Usual(1);
  results.push_back(LostSample("backprop", 2, "failed", "out of memory"));
  const LeaderboardBoard board = BoardOf(results);
  CHECK(board.ceiling.empty());
  CHECK_FALSE(RowOf(board, "oja").vs_ceiling);
  CHECK_THAT(NotesOf(board), Contains("No complete result of the ceiling (backprop)"));
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
  const LeaderboardBoard board = BoardOf(results);
  CHECK_NOTHROW(RowOf(board, "bcm lambda=0.5 schedule.kind=cosine"));
  CHECK_NOTHROW(RowOf(board, "bcm lambda=1 schedule.kind=cosine"));
  CHECK_NOTHROW(RowOf(board, "bcm lambda=0.5 schedule.kind=none"));
  CHECK_NOTHROW(RowOf(board, "oja"));
  CHECK(board.rows.size() == 8);
}

TEST_CASE("rows of plugins say so, and from which library they come") {
  std::vector<Result> results = Usual(2);
  results.push_back(EditedSample("mine", 1, 0.3, [](Result& result) {
    const std::string digest = "01234567" + std::string(56, '0');
    result.request["rule"]["plugin"] = digest;
    result.rule["plugin"] = {{"file", "libmine.so"}, {"sha256", digest}};
  }));
  const LeaderboardBoard board = BoardOf(results);
  CHECK_NOTHROW(RowOf(board, "mine (plugin)"));
  CHECK_NOTHROW(RowOf(board, "oja"));
  CHECK(board.plugins == std::vector<std::string>{"mine from libmine.so (SHA-256 01234567)"});
  const std::string footer = "; plugins: mine from libmine.so (SHA-256 01234567).";
  CHECK_THAT(RenderMarkdown(BuildLeaderboard(results)), Contains(footer));
  CHECK_THAT(RenderMarkdown(BuildLeaderboard(Usual(2))), !Contains("plugin"));
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
  CHECK(RowOf(BoardOf(results), "mine (plugin)").runs.size() == 2);
  built(3, "89abcdef");
  const LeaderboardBoard board = BoardOf(results);
  CHECK(RowOf(board, "mine plugin=01234567").runs.size() == 2);
  CHECK(RowOf(board, "mine plugin=89abcdef").runs.size() == 1);
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
  const LeaderboardBoard board = BoardOf(results);
  CHECK(RowOf(board, "softhebb + er strategy.images=500").runs.size() == 2);
  CHECK(RowOf(board, "softhebb + er strategy.images=200").runs.size() == 2);
  CHECK(RowOf(board, "oja + ewc").runs.size() == 2);
  CHECK(RowOf(board, "softhebb").runs.size() == 2);
  CHECK(RowOf(board, "hebb").runs.size() == 2);
  const json rows = json::parse(RenderJson({{board}}))["boards"][0]["rows"];
  CHECK(std::count_if(rows.begin(), rows.end(), [](const json& row) {
          return row["rule"]["name"] == "softhebb" && row.contains("strategy");
        }) == 2);
}

TEST_CASE("what was skipped says why, without rank, and is no failure") {
  std::vector<Result> results = Usual(2);
  for (const int seed : {1, 2}) {
    results.push_back(LostSample("bcm", seed, "skipped", "ewc needs a loss, bcm has none"));
  }
  const LeaderboardBoard board = BoardOf(results);
  const LeaderboardRow& row = RowOf(board, "bcm");
  CHECK(row.skipped == 2);
  CHECK(row.failed == 0);
  CHECK_FALSE(row.rank);
  CHECK_FALSE(row.mean);
  CHECK(board.rows.back().label == "bcm");
  CHECK_THAT(RenderTerminal({{board}}), Contains("skipped: ewc needs a loss, bcm has none"));
  CHECK_THAT(RenderMarkdown({{board}}), Contains("skipped: ewc needs a loss, bcm has none"));
  CHECK_THAT(NotesOf(board), Contains("bcm: 2 skipped of 2 seeds (seeds 1-2: ewc needs"));
  results.push_back(SampleResult("bcm", 3, 0.4));
  const LeaderboardBoard mixed = BoardOf(results);
  CHECK_FALSE(RowOf(mixed, "bcm").mean);
  CHECK_THAT(RenderTerminal({{mixed}}), Contains("2 skipped of 3"));
}

TEST_CASE("cells with other outcomes elsewhere are counted in a note") {
  const std::vector<Result> results = Usual(6);
  LeaderboardOptions options;
  options.disputed = {"0123456789abcdef"};  // of a cell that is not shown
  CHECK(BoardOf(results, options).notes.empty());
  options.disputed.insert(results[0].run_id);
  CHECK_THAT(NotesOf(BoardOf(results, options)),
             Contains("1 cell had another outcome in another folder: the latest counts."));
}

TEST_CASE("a metric that explains itself is explained, and has its own chance") {
  std::vector<Result> results = Usual(6);
  for (Result& result : results) {
    Metric& metric = result.metrics["accuracy.test"];
    metric.definition = "Test images whose class is among the five best guesses.";
    metric.chance = 0.5;
  }
  const LeaderboardBoard board = BoardOf(results);
  CHECK_THAT(FactOf(board, "measured"),
             Catch::StartsWith("Test images whose class is among the five best guesses, in "
                               "percent, higher is better; mean"));
  CHECK_THAT(NotesOf(board), Contains("Not told apart from chance (50.0 %): sphere, softhebb"));
  LeaderboardOptions options;
  options.metric = "loss.readout";
  for (Result& result : results) result.metrics["loss.readout"].chance = 1.25;
  CHECK_THAT(NotesOf(BoardOf(results, options)), Contains("Not told apart from chance (1.25)"));
  for (Result& result : results) result.metrics["loss.readout"].chance = 2.3;
  CHECK(BoardOf(results, options).notes.empty());
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
  const LeaderboardBoard board = BoardOf(results);
  CHECK(RowOf(board, "oja (cuda)").runs.size() == 2);
  CHECK(RowOf(board, "oja (cpu)").runs.size() == 2);
  CHECK_THAT(NotesOf(board), Contains("2 kinds of machine"));
  CHECK_THAT(RenderTerminal({{board}}), Contains("GPU MB") && Contains("2,000"));
}

TEST_CASE("mixed versions of the suite are named") {
  std::vector<Result> results = Usual(6);
  results[0].suite["git"]["dirty"] = true;
  CHECK_THAT(NotesOf(BoardOf(results)),
             Contains("2 versions of the suite: plasticity 0.1.0, commit 19bf3da; plasticity "
                      "0.1.0, commit 19bf3da with uncommitted changes."));
}

TEST_CASE("accuracies that may be chance are named") {
  std::vector<Result> results = Usual(6);
  for (int seed = 1; seed <= 6; ++seed) {
    results.push_back(SampleResult("hebb", seed, 0.1 + 0.01 * (seed % 2 ? 1 : -1)));
  }
  CHECK_THAT(NotesOf(BoardOf(results)), Contains("Not told apart from chance (10.0 %): hebb."));
}

TEST_CASE("budgets that differ within a board are shown by row") {
  std::vector<Result> results = Usual(2);
  for (Result& result : results) {
    if (result.request["rule"]["name"] == "oja") result.cost.samples_seen = 600;
  }
  const LeaderboardBoard board = BoardOf(results);
  CHECK_THAT(FactOf(board, "learning"), Contains("from 600 to 12,000 images seen"));
  CHECK_THAT(RenderTerminal({{board}}), Contains("images seen"));
}

TEST_CASE("no results and cells given twice are errors") {
  CHECK_THROWS_AS(BuildLeaderboard({}), InputError);
  CHECK_THROWS_WITH(BuildLeaderboard({SampleResult("oja", 1, 0.5), SampleResult("oja", 1, 0.5)}),
                    Contains("is given twice"));
}

TEST_CASE("the order of the results does not matter") {
  std::vector<Result> results = Usual(3);
  const std::string forth = RenderJson(BuildLeaderboard(results));
  std::reverse(results.begin(), results.end());
  CHECK(RenderJson(BuildLeaderboard(results)) == forth);
}

TEST_CASE("the terminal's table is what a newcomer sees") {
  const std::string text = RenderTerminal(BuildLeaderboard(Usual(3)));
  const std::string table =
      R"( #  rule      labels  locality  accuracy    vs backprop    img/s    time  peak MB
 -  backprop  yes     global    54.2 ± 0.2  (ceiling)        400  41.5 s      612
 1  sphere    no      layer     47.8 ± 0.2   -6.4            400  41.5 s      612
 2  softhebb  no      layer     45.3 ± 0.2   -8.9            400  41.5 s      612
 3  oja       no      layer     38.7 ± 0.2  -15.5            400  41.5 s      612
 -  random    no      none      36.5 ± 0.2  -17.7 (floor)      -  41.5 s      612
)";
  CHECK_THAT(text, Contains(table));
}

TEST_CASE("colour is used only when asked for, and changes no letter") {
  const Leaderboard leaderboard = BuildLeaderboard(Usual(2));
  const std::string plain = RenderTerminal(leaderboard);
  CHECK_THAT(plain, !Contains("\x1b"));
  std::string coloured = RenderTerminal(leaderboard, {.width = 0, .color = true});
  CHECK_THAT(coloured, Contains("\x1b[1m"));
  for (std::size_t start; (start = coloured.find('\x1b')) != std::string::npos;) {
    coloured.erase(start, coloured.find('m', start) - start + 1);
  }
  CHECK(coloured == plain);
}

TEST_CASE("a narrow terminal loses columns, then ends of labels, and says so") {
  std::vector<Result> results = Usual(2);
  for (const int seed : {1, 2}) {
    results.push_back(SampleResult("a_rule_with_quite_a_long_name_éàü_学习规则", seed, 0.3));
  }
  const Leaderboard leaderboard = BuildLeaderboard(results);
  for (const int width : {200, 110, 100, 80, 72, 60, 48, 40}) {
    CAPTURE(width);
    std::istringstream lines(RenderTerminal(leaderboard, {.width = width, .color = false}));
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      CHECK(DisplayWidth(line) <= width);
    }
  }
  CHECK_THAT(RenderTerminal(leaderboard, {.width = 60, .color = false}),
             Contains("Left out for the width:") && Contains("…"));
}

TEST_CASE("wide letters keep the columns aligned") {
  std::vector<Result> results = Usual(1);
  results.push_back(SampleResult("学习", 1, 0.3));
  std::istringstream lines(RenderTerminal(BuildLeaderboard(results)));
  std::vector<int> ends;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t at = line.find("41.5 s");
    if (at != std::string::npos) ends.push_back(DisplayWidth(line.substr(0, at)));
  }
  REQUIRE(ends.size() == 6);
  for (const int end : ends) CHECK(end == ends.front());
}

TEST_CASE("Markdown has a table, notes and where the numbers come from") {
  std::vector<Result> results = Usual(2);
  results.push_back(SampleResult("a|b_<c>", 1, 0.3));
  const std::string text = RenderMarkdown(BuildLeaderboard(results), "plasticity leaderboard r");
  CHECK_THAT(text, Contains("# Leaderboard\n") && Contains("| accuracy (%) ") &&
                       Contains("| :--") && Contains("--: |") && Contains("a\\|b\\_&lt;c>") &&
                       Contains("> 1 to 2 seeds cannot support") &&
                       Contains("11 results; seeds 1-2; Imaginary CPU 3000, 2 threads; plasticity "
                                "0.1.0, commit 19bf3da.") &&
                       Contains("Made by `plasticity leaderboard r`."));
}

TEST_CASE("the JSON aggregate has unrounded numbers and every run") {
  std::vector<Result> results = Usual(3);
  results.push_back(LostSample("bcm", 1, "diverged", "not finite"));
  const json all = json::parse(RenderJson(BuildLeaderboard(results)));
  CHECK(all["leaderboard_version"] == 1);
  CHECK_FALSE(all.contains("schema_version"));  // so that it is not taken for a Result
  const json& board = all["boards"][0];
  CHECK(board["metric"] == "accuracy.test");
  CHECK(board["conditions"]["network"]["width"] == 0.25);
  const json& sphere = board["rows"][1];
  const StudentInterval interval = ConfidenceInterval({0.478, 0.477, 0.479});
  CHECK(sphere["label"] == "sphere");
  CHECK(sphere["rank"] == 1);
  CHECK(sphere["n"] == 3);
  CHECK(sphere["mean"].get<double>() == Approx(interval.mean).epsilon(1e-14));
  CHECK(sphere["std"].get<double>() == Approx(interval.sd).epsilon(1e-12));
  CHECK(sphere["ci"]["level"] == 0.95);
  CHECK(sphere["ci"]["method"] == "student_t");
  CHECK(sphere["ci"]["lo"].get<double>() == Approx(interval.mean - interval.halfwidth));
  CHECK(sphere["ci"]["hi"].get<double>() == Approx(interval.mean + interval.halfwidth));
  CHECK(sphere["runs"].size() == 3);
  CHECK(sphere["runs"][0]["value"] == 0.479 - 0.001);
  CHECK(sphere["runs"][0]["run_id"].get<std::string>().size() == 16);
  const json& lost = board["rows"].back();
  CHECK(lost["mean"].is_null());
  CHECK(lost["reason"] == "1 diverged of 1");
  CHECK(lost["runs"][0]["reason"] == "not finite");
}

TEST_CASE("letters that would disturb a terminal are replaced") {
  std::vector<Result> results = {SampleResult("bad\x1b[31m\nname", 1, 0.3)};
  const std::string text = RenderTerminal(BuildLeaderboard(results));
  CHECK_THAT(text, !Contains("\x1b") && Contains("bad [31m name"));
}

TEST_CASE("the command loads, renders and writes") {
  const ScratchFolder folder;
  for (const Result& result : Usual(2)) SaveResult(result, folder.path() / "cells");
  LeaderboardCommand command;
  std::ostringstream out;
  CHECK_THROWS_AS(ShowLeaderboard(command, out), InputError);
  command.folders = {folder.path()};
  CHECK(ShowLeaderboard(command, out) == 0);
  CHECK(out.str() == RenderTerminal(BuildLeaderboard(LoadResults(folder.path()))));

  // Written into the folder itself, neither is taken for a result by the next call.
  command.output = folder.path() / "leaderboard.json";
  command.format = LeaderboardFormat::kJson;
  out.str("");
  CHECK(ShowLeaderboard(command, out) == 0);
  CHECK(out.str() == "Leaderboard  " + command.output.string() + "\n");
  command.output = folder.path() / "leaderboard.md";
  command.format = LeaderboardFormat::kMarkdown;
  command.options.rules = {"oja", "sphere"};
  CHECK(ShowLeaderboard(command, out) == 0);
  CHECK_THAT(ReadFile(command.output),
             Contains("`plasticity leaderboard " + folder.path().string() +
                      " --rule oja --rule sphere --output "));
  command.command_line = "plasticity plan x.json";
  CHECK(ShowLeaderboard(command, out) == 0);
  CHECK_THAT(ReadFile(command.output), Contains("Made by `plasticity plan x.json`"));
}

TEST_CASE("the command shows two nights as one board: the latest counts, and the board says so") {
  const ScratchFolder folder;
  Result night = SampleResult("oja", 1, 0.25);
  SaveResult(night, folder.path() / "monday");
  night.date = "2026-02-01T23:59:59Z";
  night.metrics["accuracy.test"].value = 0.75;
  SaveResult(night, folder.path() / "tuesday");
  LeaderboardCommand command;
  command.folders = {folder.path() / "tuesday", folder.path() / "monday"};
  std::ostringstream out;
  CHECK(ShowLeaderboard(command, out) == 0);
  CHECK_THAT(out.str(), Contains("75.0") && !Contains("25.0") &&
                            Contains("1 cell had another outcome in another folder"));
}

TEST_CASE("formats have names") {
  CHECK(ParseLeaderboardFormat("json") == LeaderboardFormat::kJson);
  CHECK(ParseLeaderboardFormat("markdown") == LeaderboardFormat::kMarkdown);
  CHECK(ParseLeaderboardFormat("terminal") == LeaderboardFormat::kTerminal);
  CHECK_THROWS_WITH(ParseLeaderboardFormat("markdwon"), Contains("Nearest: markdown"));
}

TEST_CASE("display width counts columns, not bytes") {
  CHECK(DisplayWidth("abc") == 3);
  CHECK(DisplayWidth("±…é") == 3);
  CHECK(DisplayWidth("e\u0301") == 1);
  CHECK(DisplayWidth("学习") == 4);
  CHECK(DisplayWidth("\xff\xfe") == 2);
  CHECK(Shortened("学习规则", 5) == "学习…");
  CHECK(Shortened("short", 5) == "short");
  CHECK(Padded("±", 3) == "±  ");
  CHECK(Printable("a\tb\xff\u202e") == "a b??");
  CHECK(Wrapped("a bb 95 % ccc", 7) == std::vector<std::string>{"a bb", "95 %", "ccc"});
  CHECK(Wrapped("", 7) == std::vector<std::string>{""});
}

}  // namespace
}  // namespace plasticity
