#include "reports/compare.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "reports/result_set.h"
#include "suite/base/error.h"
#include "suite/base/files.h"
#include "tests/reports/sample.h"

namespace plasticity {
namespace {

using Catch::Matchers::Contains;

// A night of four rules and three seeds whose accuracies and speeds have some noise.
std::vector<Result> NightFrom(std::mt19937_64& random, double softhebb_off = 0,
                              double sphere_speed = 1) {
  std::normal_distribution<double> noise(0, 0.002), pace(0, 0.03);
  std::vector<Result> night;
  const double machine = 400 * std::exp(10 * pace(random));  // another machine is another speed
  for (const int seed : {1, 2, 3}) {
    for (const auto& [rule, accuracy] :
         {std::pair{"backprop", 0.54}, {"sphere", 0.48}, {"softhebb", 0.45}, {"oja", 0.39}}) {
      const double off = rule == std::string("softhebb") ? softhebb_off : 0;
      Result result = SampleResult(rule, seed, accuracy + off + noise(random));
      const double factor = rule == std::string("sphere") ? sphere_speed : 1;
      result.cost.images_per_s = machine * factor * std::exp(pace(random));
      night.push_back(std::move(result));
    }
  }
  return night;
}

std::vector<std::vector<Result>> NightsFrom(std::mt19937_64& random, int count) {
  std::vector<std::vector<Result>> nights;
  nights.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) nights.push_back(NightFrom(random));
  return nights;
}

const Change& ChangeOf(const Comparison& comparison, const std::string& row,
                       const std::string& quantity) {
  for (const Change& change : comparison.changes) {
    if (change.row == row && change.quantity == quantity) return change;
  }
  FAIL("no change of " << row);
  return comparison.changes.front();
}

TEST_CASE("what is too good to be true is noted, and fails no gate") {
  std::mt19937_64 random(5);
  const auto nights = NightsFrom(random, 3);
  std::vector<Result> now = NightFrom(random);
  CHECK(Compare(nights, ResultSet(now), {}).suspicions.empty());
  now.front().metrics.at("accuracy.test").value = 1.5;
  const Comparison comparison = Compare(nights, ResultSet(now), {});
  CHECK(comparison.passed());
  const std::vector<std::string> notes = ComparisonTable(comparison, {}, false).notes;
  CHECK(std::any_of(notes.begin(), notes.end(), [](const std::string& note) {
    return note.rfind("Suspicious: backprop, seed 1: ", 0) == 0;
  }));
}

TEST_CASE("unchanged nights raise no more false alarms than the level promises") {
  std::mt19937_64 random(11);
  Gate gate;
  gate.level = 0.05;
  gate.effect = 0;  // the test alone decides
  gate.speed_effect = 1e-9;
  int alarms = 0;
  for (int trial = 0; trial < 200; ++trial) {
    const auto nights = NightsFrom(random, 8);
    alarms += !Compare(nights, ResultSet(NightFrom(random)), gate).passed();
  }
  CHECK(alarms <= 20);  // 10 are promised at most, and chance adds its own
}

TEST_CASE("what gets worse is caught by name, from a band of nights and from seeds alone") {
  std::mt19937_64 random(12);
  for (const int count : {1, 6}) {
    CAPTURE(count);
    const auto nights = NightsFrom(random, count);
    const Comparison comparison = Compare(nights, ResultSet(NightFrom(random, -0.05)), Gate());
    CHECK_FALSE(comparison.passed());
    CHECK(comparison.changes.front().row == "softhebb");
    CHECK(comparison.changes.front().verdict == Verdict::kWorse);
    CHECK(ChangeOf(comparison, "oja", "accuracy.test").verdict == Verdict::kSame);
    CHECK(Compare(nights, ResultSet(NightFrom(random, 0.05)), Gate()).passed());
  }
}

TEST_CASE("a slower rule is caught on a machine of another speed") {
  std::mt19937_64 random(13);
  const auto nights = NightsFrom(random, 6);
  const Comparison comparison = Compare(nights, ResultSet(NightFrom(random, 0, 0.6)), Gate());
  CHECK_FALSE(comparison.passed());
  const Change& change = ChangeOf(comparison, "sphere", "speed");
  CHECK(change.verdict == Verdict::kWorse);
  CHECK(*change.now == Approx(0.6).epsilon(0.15));
}

TEST_CASE("a change below the effect is none, however certain") {
  std::mt19937_64 random(14);
  const auto nights = NightsFrom(random, 6);
  Gate gate;
  gate.effect = 0.1;
  CHECK(Compare(nights, ResultSet(NightFrom(random, -0.05)), gate).passed());
  gate.effects["accuracy.test"] = 0.01;
  CHECK_FALSE(Compare(nights, ResultSet(NightFrom(random, -0.05)), gate).passed());
}

TEST_CASE("a cell that fails now is lost, and one that is not run is only named") {
  std::mt19937_64 random(15);
  const auto nights = NightsFrom(random, 1);
  std::vector<Result> now = NightFrom(random);
  const auto reason = std::string("not finite at step 3");
  for (Result& result : now) {
    if (result.request["rule"]["name"] != "oja") continue;
    result.state = "diverged";
    result.reason = reason;
    result.metrics.clear();
  }
  const Comparison lost = Compare(nights, ResultSet(now), Gate());
  CHECK_FALSE(lost.passed());
  CHECK_THAT(lost.changes.front().reason, Contains(reason));
  std::erase_if(now, [](const Result& result) { return result.request["rule"]["name"] == "oja"; });
  const Comparison missing = Compare(nights, ResultSet(now), Gate());
  CHECK(missing.passed());
  CHECK(ChangeOf(missing, "oja", "accuracy.test").verdict == Verdict::kMissing);
  CHECK_THROWS_AS(Compare(nights, ResultSet({SampleResult("hebb", 1, 0.2)}), Gate()), InputError);
}

TEST_CASE("a cell that cannot be carried out is the same as before") {
  std::mt19937_64 random(13);
  std::vector<Result> night = NightFrom(random);
  night.push_back(LostSample("bcm", 1, "skipped", "it has no loss"));
  const Comparison comparison = Compare({night}, ResultSet(night), {});
  CHECK(ChangeOf(comparison, "bcm", "accuracy.test").verdict == Verdict::kSame);
}

TEST_CASE("of several builds of a plugin in a night the newest is compared, alone") {
  const auto built = [](int seed, double accuracy, const std::string& digest,
                        const std::string& date) {
    return EditedSample("mine", seed, accuracy, [&](Result& result) {
      result.request["rule"]["plugin"] = digest;
      result.date = date;
    });
  };
  std::vector<Result> night;
  for (const int seed : {1, 2, 3}) night.push_back(built(seed, 0.6, "aa", "2026-11-27T00:00:00Z"));
  for (const int seed : {1, 3}) night.push_back(built(seed, 0.3, "bb", "2026-11-28T00:00:00Z"));
  const Comparison comparison = Compare({{night.begin(), night.begin() + 3}}, ResultSet(night), {});
  CHECK(*ChangeOf(comparison, "mine (plugin)", "accuracy.test").now == Approx(0.3));
}

TEST_CASE("few seeds and nights tell only what is obvious") {
  const std::vector<Result> before = {SampleResult("oja", 1, 0.39)};
  CHECK(Compare({before}, ResultSet({SampleResult("oja", 1, 0.36)}), Gate()).passed());
  CHECK_FALSE(Compare({before}, ResultSet({SampleResult("oja", 1, 0.30)}), Gate()).passed());
}

TEST_CASE("a comparison is written for readers, CI servers and benchmark actions") {
  std::mt19937_64 random(16);
  const Comparison comparison =
      Compare(NightsFrom(random, 6), ResultSet(NightFrom(random, -0.05)), Gate());
  const Table table = ComparisonTable(comparison, Gate(), false);
  CHECK(table.title == "gate: FAILED");
  CHECK(table.rows.size() == 1);
  CHECK(ComparisonTable(comparison, Gate(), true).rows.size() == comparison.changes.size());
  CHECK_THAT(JUnitXml(comparison), Contains("failures=\"1\"") &&
                                       Contains("name=\"softhebb accuracy.test\"") &&
                                       Contains("<failure message=\"WORSE: 4"));
  const auto entries = nlohmann::json::parse(BenchmarkJson(comparison));
  CHECK(entries.size() == comparison.changes.size());
  CHECK(entries[0]["name"] == "classification on cifar10 / softhebb / accuracy.test");
}

TEST_CASE("a gate is read strictly") {
  const ScratchFolder folder;
  const auto file = folder.path() / "gate.json";
  WriteFileAtomically(file, R"({"level": 0.05, "effects": {"acc.final": 0.02}})");
  CHECK(ReadGate(file).effects.at("acc.final") == 0.02);
  WriteFileAtomically(file, R"({"levle": 0.05})");
  CHECK_THROWS_WITH(ReadGate(file), Contains("Nearest: level"));
  WriteFileAtomically(file, R"({"level": 2})");
  CHECK_THROWS_AS(ReadGate(file), InputError);
  WriteFileAtomically(file, R"({"level": "low"})");
  CHECK_THROWS_AS(ReadGate(file), InputError);
  WriteFileAtomically(file, "[");
  CHECK_THROWS_WITH(ReadGate(file), Contains("not valid JSON"));
}

}  // namespace
}  // namespace plasticity
