// What a tuning searches, how it draws, who goes on, and what its record lets pass.
#include "suite/engine/tuner.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "suite/base/error.h"
#include "suite/engine/tuned.h"
#include "suite/strategy.h"
#include "tests/suite/engine/toy.h"

namespace plasticity {
namespace {

using nlohmann::json;
using testing::Part;

const json kNothing = json::object();

json RequestOf(const std::string& rule, const json& params = kNothing) {
  return {{"rule", Part<Rule>(rule, params)}};
}

std::map<std::string, Searched> SpaceOf(const json& request, const json& set = kNothing,
                                        const SpaceEntries& entries = {}) {
  std::map<std::string, Searched> space;
  for (const Searched& searched : MakeSpace(request, set, entries)) space[searched.key] = searched;
  return space;
}

std::set<std::string> KeysOf(const json& request, const json& set = kNothing) {
  std::set<std::string> keys;
  for (const auto& [key, searched] : SpaceOf(request, set)) keys.insert(ShortKey(key));
  return keys;
}

TEST_CASE("a space has the numbers above 0 that the rule reads and that make no other rule of it") {
  CHECK(KeysOf(RequestOf("hebb")) == std::set<std::string>{"learning_rate"});
  CHECK(KeysOf(RequestOf("wta")) == std::set<std::string>{"learning_rate"});
  CHECK(KeysOf(RequestOf("swta")) == std::set<std::string>{"learning_rate", "temperature"});
  CHECK(KeysOf(RequestOf("krotov")) ==
        std::set<std::string>{"delta", "init_deviation", "learning_rate"});
  CHECK(KeysOf(RequestOf("sphere")) ==
        std::set<std::string>{"lambda", "learning_rate", "structure", "weight_decay"});
  CHECK(KeysOf(RequestOf("backprop", {{"optimizer", "sgd"}})) ==
        std::set<std::string>{"learning_rate", "momentum", "weight_decay"});
  CHECK(KeysOf(RequestOf("hebb", {{"competition", "softmax"}})) ==
        std::set<std::string>{"learning_rate", "temperature"});
  CHECK(KeysOf(RequestOf("sphere"), {{"rule.lambda", 0.5}, {"rule.weight_decay", 0}}) ==
        std::set<std::string>{"learning_rate", "structure"});
  CHECK(KeysOf(RequestOf("random")).empty());
}

TEST_CASE("a number is searched a factor of 30 around its value, within its range") {
  auto space = SpaceOf(RequestOf("sphere"));
  CHECK(space.at("rule.learning_rate").low == 3.33e-5);
  CHECK(space.at("rule.learning_rate").high == 0.03);
  CHECK(space.at("rule.lambda").low == 0.0267);
  CHECK(space.at("rule.lambda").high == 10);  // the range ends there
  CHECK(SpaceOf(RequestOf("swta")).at("rule.temperature").Text() == "temperature 1.67 to 1500");
  space = SpaceOf(RequestOf("softhebb"));
  CHECK(space.at("rule.learning_rate").times == json{0.08, 0.005, 0.01});
  CHECK(space.at("rule.learning_rate").low == Approx(1. / 30));
  CHECK(space.at("rule.learning_rate").Text() ==
        "learning_rate [0.08,0.005,0.01] times 0.0333 to 30");
}

TEST_CASE("entries narrow and widen a space") {
  json request = RequestOf("hebb");
  request["strategy"] = Part<Strategy>("ewc");
  const auto space = SpaceOf(request, kNothing,
                             {{"rule.learning_rate", "1e-3..1e-2"},
                              {"rule.k", "1..20"},
                              {"rule.batch_size", nullptr},
                              {"rule.norm_power", "0..2"},
                              {"rule.competition", "kwta,softmax"},
                              {"rule.step_scale", {"none", "mean"}},
                              {"strategy.strength", nullptr}});
  CHECK(space.size() == 7);
  CHECK(space.at("rule.learning_rate").high == 1e-2);
  CHECK(space.at("rule.batch_size").whole);
  CHECK(space.at("rule.batch_size").low == 3);
  CHECK(space.at("rule.norm_power").ToJson().at("scale") == "linear");
  CHECK(space.at("rule.competition").options == std::vector<json>{"kwta", "softmax"});
  CHECK(space.at("rule.step_scale").Text() == "step_scale none|mean");
  CHECK(SpaceOf(RequestOf("bcm"), kNothing, {{"rule.divide", nullptr}}).at("rule.divide").options ==
        std::vector<json>{false, true});
}

TEST_CASE("entries that say nothing that can be searched are refused") {
  const auto refused = [](const std::string& key, const json& entry, const std::string& word,
                          const json& set = kNothing) {
    INFO(key << " " << entry);
    CHECK_THROWS_AS(SpaceOf(RequestOf("hebb"), set, {{key, entry}}), InputError);
    CHECK_THROWS_WITH(SpaceOf(RequestOf("hebb"), set, {{key, entry}}), Catch::Contains(word));
  };
  refused("rule.lerning_rate", nullptr, "Nearest: rule.learning_rate");
  refused("task.samples", "1..2", "the same for everybody");
  refused("rule.learning_rate", "1..0.1", "is empty");
  refused("rule.learning_rate", "1..1", "is empty");
  refused("rule.learning_rate", "-1..1", ">= 0");
  refused("rule.learning_rate", "a..b", "1e-4..1e-1");
  refused("rule.learning_rate", 3, "a range such as");
  refused("rule.batch_size", "1.5..4", "whole number");
  refused("rule.competition", "kwta,loud", "softmax");
  refused("rule.competition", "kwta,kwta", "several values");
  refused("rule.competition", "kwta", "--set rule.competition");
  refused("rule.norm_power", nullptr, "no scale");
  refused("rule.k", "1..3", "leave out one", {{"rule.k", 2}});
}

TEST_CASE("draws are reproducible, stay in their bounds, and do not depend on each other") {
  const json request = RequestOf("sphere");
  const SearchSpace space = MakeSpace(request, kNothing, {});
  const SearchSpace wider =
      MakeSpace(request, kNothing, {{"rule.optimizer", nullptr}, {"rule.projection", "8..512"}});
  CHECK(DrawTrial(space, Streams(1), 0).empty());  // the defaults
  std::set<std::string> seen;
  double below = 0;
  for (std::size_t trial = 1; trial <= 200; ++trial) {
    const json set = DrawTrial(space, Streams(1), trial);
    CHECK(set == DrawTrial(space, Streams(1), trial));
    CHECK(set != DrawTrial(space, Streams(2), trial));
    json wide = DrawTrial(wider, Streams(1), trial);
    CHECK(wide.at("rule.projection").is_number_integer());
    CHECK(wide.at("rule.projection") >= 8);
    CHECK(wide.at("rule.projection") <= 512);
    seen.insert(wide.at("rule.optimizer").get<std::string>());
    wide.erase("rule.optimizer");
    wide.erase("rule.projection");
    CHECK(wide == set);
    for (const Searched& searched : space) {
      CHECK(set.at(searched.key) >= searched.low);
      CHECK(set.at(searched.key) <= searched.high);
    }
    below += set.at("rule.learning_rate") < 1e-3 ? 1 : 0;
  }
  CHECK(seen == std::set<std::string>{"adam", "adamw", "sgd"});
  CHECK(std::abs(below - 100) < 30);  // half of them below the default: 4 deviations
}

TEST_CASE("layers' values are drawn together") {
  const json set = DrawTrial(MakeSpace(RequestOf("softhebb"), kNothing, {}), Streams(3), 1);
  const auto rates = set.at("rule.learning_rate").get<std::vector<double>>();
  REQUIRE(rates.size() == 3);
  CHECK(rates[0] / rates[1] == Approx(16).epsilon(0.02));
  CHECK(rates[2] / rates[1] == Approx(2).epsilon(0.02));
}

TEST_CASE("a quarter goes on from rung to rung") {
  const std::vector<Rung> rungs = MakeRungs(20, {100, 400, 1600}, {901, 902});
  REQUIRE(rungs.size() == 3);
  CHECK(rungs[0].trials == 20);
  CHECK(rungs[1].trials == 5);
  CHECK(rungs[2].trials == 2);
  CHECK(rungs[0].seeds == std::vector<std::uint64_t>{901});
  CHECK(rungs[2].seeds == std::vector<std::uint64_t>{901, 902});
  CHECK(MakeRungs(3, {1, 2}, {1})[1].trials == 2);  // the defaults and another
  CHECK(MakeRungs(1, {1, 2}, {1})[1].trials == 1);
}

TEST_CASE("halving keeps the defaults and the best") {
  const std::optional<double> lost;
  using Trials = std::vector<std::size_t>;
  CHECK(GoOn({{0, 0.1}, {1, 0.5}, {2, 0.9}, {3, 0.7}, {4, lost}}, 3) == Trials{0, 2, 3});
  CHECK(GoOn({{0, 0.9}, {1, 0.5}, {2, 0.5}, {3, 0.5}}, 3) == Trials{0, 1, 2});
  CHECK(GoOn({{0, lost}, {1, lost}, {2, 0.2}}, 3) == Trials{0, 2});
}

TEST_CASE("a tuning's record holds for its rule, its values and other seeds alone") {
  json record = {{"rule", "hebb"},
                 {"set", {{"rule.learning_rate", 0.03}}},
                 {"seeds", {901, 902}},
                 {"trials", 20},
                 {"images", 1000}};
  record["digest"] = TunedDigest(record);
  CHECK_NOTHROW(CheckTuned(record, "hebb", kNothing, 1));
  CHECK_NOTHROW(CheckTuned(record, "hebb", {{"rule.learning_rate", 0.03}, {"rule.k", 2}}, 1));
  CHECK_THROWS_WITH(CheckTuned(record, "oja", kNothing, 1), Catch::Contains("tuned for hebb"));
  CHECK_THROWS_WITH(CheckTuned(record, "hebb", kNothing, 902), Catch::Contains("seed 902"));
  CHECK_THROWS_WITH(CheckTuned(record, "hebb", {{"rule.learning_rate", 1}}, 1),
                    Catch::Contains("the tuning chose 0.03"));
  CHECK(TunedInRequest(record) ==
        json{{"digest", record.at("digest")}, {"trials", 20}, {"images", 1000}});
  record["trials"] = 5;
  CHECK_THROWS_WITH(CheckTuned(record, "hebb", kNothing, 1), Catch::Contains("plasticity tune"));
  CHECK_THROWS_AS(CheckTuned(3, "hebb", kNothing, 1), InputError);
}

}  // namespace
}  // namespace plasticity
