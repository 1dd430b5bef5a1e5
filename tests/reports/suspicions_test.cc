#include "reports/suspicions.h"

#include <catch2/catch.hpp>
#include <functional>
#include <random>

#include "reports/page/site.h"
#include "tests/reports/seen.h"

namespace plasticity {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

using Results = std::vector<Result>;

// Answers to so many images of ten classes, that share of them right, with all that is told of
// them.
void Answer(Result& result, const std::string& split, int images, double share) {
  const auto seed = result.request["seed"].get<unsigned>();
  std::mt19937 random(seed + 1000 * static_cast<unsigned>(result.run_id[0]));
  std::bernoulli_distribution is_right(share);
  std::uniform_int_distribution<int> wrong_by(1, 9);
  std::vector<int> predicted;
  std::vector<bool> judged;
  std::vector<std::vector<int>> confusion(10, std::vector<int>(10));
  int right = 0;
  for (int i = 0; i < images; ++i) {
    const int label = i % 10;
    const bool hit = is_right(random);
    predicted.push_back(hit ? label : (label + wrong_by(random)) % 10);
    judged.push_back(hit);
    ++confusion[static_cast<std::size_t>(label)][static_cast<std::size_t>(predicted.back())];
    right += hit;
  }
  result.predictions[split] = {10, predicted, judged};
  result.records["confusion." + split] = {{"label", "predicted"}, "images", confusion};
  result.metrics["accuracy." + split] = {static_cast<double>(right) / images, true, "fraction", ""};
}

template <typename Change>
void Edit(Record& record, Change change) {
  json values = record.values.ToJson();
  change(values);
  record.values = values;
}

// A cell as it ought to be.
Result Honest(const std::string& rule, int seed, double share) {
  Result result = SampleResult(rule, seed, share);
  Answer(result, "test", 10000, share);
  Answer(result, "validation", 5000, share);
  result.cost.flops_learn_per_image = 4e8;
  return result;
}

// A stream of ten experiences of ten classes each, learned one after another.
Result HonestStream(const std::string& strategy) {
  return EditedSample("oja", 1, 0.1, [&](Result& result) {
    result.request["task"] = {
        {"name", "continual"},
        {"version", 1},
        {"params",
         {{"scenario", {{"name", "split"}, {"params", {{"setting", "class-incremental"}}}}}}}};
    result.request["strategy"] = {{"name", strategy}, {"params", json::object()}};
    result.dataset["classes"] = 100;
    json matrix = json::array();
    for (int after = 0; after <= 10; ++after) {
      matrix.push_back(json::array());
      for (int on = 1; on <= 10; ++on) {
        const double unlearned = after == 0 ? 0.08 + 0.01 * (on % 5) : 0.0;
        matrix.back().push_back(on > after ? unlearned : 0.3 + 0.02 * on);
      }
    }
    result.records["accuracy"] = {{"after", "on"}, "fraction", matrix};
  });
}

Results HonestBoard() {
  Results results;
  for (const int seed : {1, 2, 3}) {
    results.push_back(Honest("backprop", seed, 0.54));
    results.push_back(Honest("sphere", seed, 0.48));
    results.push_back(Honest("softhebb", seed, 0.56));  // may be a little better
    results.push_back(Honest("oja", seed, 0.39));
    results.push_back(Honest("random", seed, 0.36));
  }
  return results;
}

// The rules of which the board says that they are suspicious, and of each what.
std::map<std::string, std::string> Told(Results results) {
  std::map<std::string, std::string> told;
  const ResultSet set(std::move(results));
  for (const Board& board : set.boards()) {
    for (const std::string& note : SuspicionNotes(board)) {
      const std::string label = note.substr(12, note.find(',') - 12);
      told[label] += note + "\n";
    }
  }
  return told;
}

TEST_CASE("nothing is suspicious of an honest board, nor of a stream") {
  CHECK(Told(HonestBoard()).empty());
  CHECK(Told(Usual(6)).empty());
  for (const char* strategy : {"er", "joint"}) CHECK(Told({HonestStream(strategy)}).empty());
}

TEST_CASE("no Result that we report is suspicious") {
  const ResultSet set = LoadResultSet({"results/reference"});
  for (const Board& board : set.boards()) {
    for (const std::string& note : SuspicionNotes(board)) FAIL_CHECK(board.task << ": " << note);
  }
}

// What is changed in the row of oja, and a part of the sentence that catches it.
struct Leak {
  std::string name;
  std::function<void(Result&)> plant;
  std::string caught;
  bool whole_row = false;  // in all of its cells, or in that of seed 1 alone
};

const std::vector<Leak> kLeaks = {
    {"test images were learned from: far above the ceiling",
     [](Result& cell) {
       Answer(cell, "test", 10000, 0.9);
       Answer(cell, "validation", 5000, 0.9);
     },
     "better in accuracy.test than the ceiling backprop", true},
    {"chosen by test images", [](Result& cell) { Answer(cell, "test", 10000, 0.45); },
     "were the first chosen by"},
    {"chosen by test images, and it says so",
     [](Result& cell) {
       cell.selection = {{"split", "test"}, {"metric", "accuracy.test"}};
     },
     "was chosen by its test images"},
    {"test images among the training images",
     [](Result& cell) { cell.dataset["split_sizes"]["train"] = 55000; },
     "60,000 training images, and cifar10 has 50,000"},
    {"training images among the test images",
     [](Result& cell) {
       cell.dataset["split_sizes"]["test"] = 22000;
       Answer(cell, "test", 22000, 0.39);
     },
     "22,000 test images, and cifar10 has 10,000"},
    {"more answers than images", [](Result& cell) { Answer(cell, "validation", 9000, 0.39); },
     "answers to 9,000 validation images, of which there are 5,000"},
    {"a metric edited by hand", [](Result& cell) { cell.metrics["accuracy.test"].value = 0.4; },
     "of the answers kept are right"},
    {"a confusion matrix of other answers",
     [](Result& cell) {
       Edit(cell.records["confusion.test"], [](json& rows) { rows[3][3] = 999; });
     },
     "confusion.test has"},
    {"a share above 1",
     [](Result& cell) {
       cell.metrics["accuracy.top5.test"] = {1.25, true, "fraction", ""};
     },
     "a share lies between 0 and 1"},
    {"labels among the inputs",
     [](Result& cell) {
       Answer(cell, "test", 10000, 1);
       Answer(cell, "validation", 5000, 1);
     },
     "not one of 10,000 images is wrong"},
    {"a rule that stopped early and said it had not",
     [](Result& cell) {
       cell.cost.samples_seen = 3000;
       cell.cost.wall_s["learn"] = 7.5;
     },
     "learned from 3,000 images, and 6,000 or more"},
    {"a clock that stood", [](Result& cell) { cell.cost.wall_s["learn"] = 0.3; },
     "400 images/s over 0.3 s of learning do not make"},
    {"arithmetic that was never done", [](Result& cell) { cell.cost.flops_learn_per_image = 1e10; },
     "operations a second while learning"},
    {"less arithmetic than was counted",
     [](Result& cell) { cell.cost.flops_learn_per_image = 4.9e9; },
     "12 times the arithmetic by the second", true},
};

TEST_CASE("what is planted in one row is caught there, and nowhere else") {
  for (const Leak& leak : kLeaks) {
    CAPTURE(leak.name);
    Results results = HonestBoard();
    for (Result& result : results) {
      if (result.request["rule"]["name"] != "oja") continue;
      if (leak.whole_row || result.request["seed"] == 1) leak.plant(result);
    }
    const auto told = Told(results);
    REQUIRE(told.size() == 1);
    CHECK_THAT(told.at("oja"), Contains(leak.caught));
    CHECK_THAT(told.at("oja"), Contains(leak.whole_row ? "seeds 1-3" : "seed 1"));
  }
}

TEST_CASE("a row far above the ceiling in every seed is caught without its answers") {
  Results results = Usual(6);
  for (Result& result : results) {
    if (result.request["rule"]["name"] == "oja") result.metrics["accuracy.test"].value = 0.7;
  }
  CHECK_THAT(Told(results).at("oja"), Contains("seeds 1-6: 15.8 points better"));
  Results few = results;  // three seeds alone can tell nothing
  std::erase_if(few, [](const Result& result) { return result.request["seed"] > 3; });
  CHECK(Told(few).empty());
}

TEST_CASE("answers that no seed changed are caught, but of who learns nothing") {
  for (const auto& [rule, caught] : {std::pair{"oja", true}, {"random", false}}) {
    CAPTURE(rule);
    Results results = HonestBoard();
    const auto first = std::find_if(results.begin(), results.end(), [&](const Result& result) {
      return result.request["rule"]["name"] == rule;
    });
    for (Result& result : results) {
      if (result.request["rule"]["name"] != rule || result.request["seed"] == 3) continue;
      result.predictions = first->predictions;
      result.records = first->records;
      result.metrics = first->metrics;
    }
    const auto told = Told(results);
    REQUIRE(told.size() == (caught ? 1 : 0));
    if (caught)
      CHECK_THAT(told.at(rule),
                 Contains("seeds 1-2: the answer to every test image is the same with seeds 1-2"));
  }
}

TEST_CASE("a rule in its own protocol that is far above its paper is caught") {
  const auto native = [](double share) {
    Results results = {Honest("softhebb", 1, share), Honest("softhebb", 2, share)};
    for (Result& result : results) result.rule["track"] = "native";
    return results;
  };
  CHECK(Told(native(0.81)).empty());
  CHECK_THAT(Told(native(0.9)).at("softhebb"),
             Contains("published for it (journe2023hebbian)") && Contains("seeds 1-2"));
}

TEST_CASE("a stream that knows what it was not shown is caught") {
  Result early = HonestStream("er");
  Edit(early.records["accuracy"], [](json& rows) {
    for (json& value : rows[0]) value = value.get<double>() + 0.5;
  });
  CHECK_THAT(Told({early}).at("oja + er"), Contains("right before the first step"));
  Edit(early.records["accuracy"], [](json& rows) {
    for (json& value : rows[0]) value = nullptr;  // as imported: unknown
  });
  CHECK(Told({early}).empty());
  Result ahead = HonestStream("er");
  Edit(ahead.records["accuracy"], [](json& rows) {
    for (std::size_t after = 1; after < 10; ++after) {
      for (std::size_t on = after; on < 10; ++on)
        rows[after][on] = 0.3 + 0.01 * static_cast<double>(on);
    }
  });
  CHECK_THAT(Told({ahead}).at("oja + er"), Contains("not learned yet"));
  ahead.request["task"]["params"]["scenario"]["params"]["setting"] = "domain-incremental";
  ahead.run_id = RunId(ahead.request);  // the same classes all along: it may
  CHECK(Told({ahead}).empty());
}

TEST_CASE("what was withdrawn is suspected no more") {
  Results results = HonestBoard();
  results[3].metrics["accuracy.test"].value = 0.4;
  CHECK(Told(results).size() == 1);
  results[3].notes = {{"2026-02-01T08:00:00Z", "withdrawn", "why", results[3].date}};
  CHECK(Told(results).empty());
}

TEST_CASE("a suspicion stands below the table and on the Result's page") {
  Results results = HonestBoard();
  results[3].metrics["accuracy.test"].value = 0.4;
  CHECK_THAT(NotesIn(SeenTable(results)), Contains("Suspicious: oja, seed 1: accuracy.test is 40"));
  const FolderFiles site = MakeSite(ResultSet(results), "");
  CHECK_THAT(site.at("results/" + results[3].run_id + ".html"),
             Contains("<dt>suspicious</dt><dd>accuracy.test is 40.00 %"));
  CHECK_THAT(site.at("results/" + results[4].run_id + ".html"), !Contains("suspicious"));
}

}  // namespace
}  // namespace plasticity
