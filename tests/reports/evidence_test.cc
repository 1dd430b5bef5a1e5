#include "reports/evidence.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "reports/published.h"
#include "tests/reports/seen.h"

namespace plasticity {
namespace {

using Catch::Matchers::Contains;

// A finished cell of the rule's own published protocol.
Result Native(const PublishedNumber& number, double value) {
  return EditedSample(number.rule, 1, value, [&](Result& result) {
    result.rule["track"] = "native";
    result.request["task"]["name"] = number.task;
    result.request["data"]["name"] = number.data;
    result.metrics = {{number.metric, {value, true, "fraction", ""}}};
    result.headline = number.metric;
  });
}

bool Has(const std::vector<Result>& results, const std::string& rule, const std::string& item) {
  const ResultSet set{std::vector<Result>(results)};
  const Evidence evidence = EvidenceOf(set).at(rule);
  for (const EvidenceItem& one : evidence.items) {
    if (one.name == item) return one.there;
  }
  FAIL("no item " << item);
  return false;
}

TEST_CASE("evidence is what is there, and says what is missing") {
  const ResultSet few(Usual(2));
  const std::map<std::string, Evidence> evidence = EvidenceOf(few);
  CHECK_FALSE(evidence.contains("backprop"));
  CHECK_FALSE(evidence.contains("random"));
  const Evidence& softhebb = evidence.at("softhebb");
  CHECK(softhebb.InWords() == "1 of 6");
  CHECK(softhebb.Missing() == "public code, native number, tuned, seeds, continual run");
  CHECK(Has(Usual(6), "softhebb", "seeds"));
  CHECK_FALSE(Has(Usual(5), "softhebb", "seeds"));
}

TEST_CASE("evidence: a native number counts where the published one is reached") {
  const auto& numbers = PublishedNumbers();
  const auto number = std::find_if(numbers.begin(), numbers.end(), [](const auto& one) {
    return one.native && one.rule == "softhebb" && one.task == "classification";
  });
  REQUIRE(number != numbers.end());
  const double slack = std::max(0.01, number->spread.value_or(0));
  CHECK(Has({Native(*number, number->value - 0.9 * slack)}, "softhebb", "native number"));
  CHECK_FALSE(Has({Native(*number, number->value - 1.1 * slack)}, "softhebb", "native number"));
}

TEST_CASE(
    "evidence: code, tuning and streams are read from Results, also from those not selected") {
  std::vector<Result> results = Usual(1);
  results.push_back(EditedSample("softhebb", 1, 0.3, [](Result& result) {
    result.rule["source"] = "Somebody 2023; code somebody/something";
    result.request["task"]["name"] = "continual";
    result.request["rule"]["tuned"] = {{"trials", 20}, {"images", 4000}, {"sha256", "ab"}};
  }));
  const ResultSet shown(results, {.task = "classification"});
  CHECK(EvidenceOf(shown).at("softhebb").Missing() == "native number, seeds");
}

TEST_CASE("evidence stands on leaderboards that ask for it, and has a layout of its own") {
  const Table board = SeenTable(Usual(2), {.options = {.evidence = true}});
  CHECK(board.columns.back().key == "evidence");
  CHECK_THAT(NotesIn(board), Contains("Missing for softhebb: public code, native number"));
  const Table own = SeenTable(Usual(2), {.layout = "evidence"});
  CHECK_THAT(Written("markdown", {own}), Contains("| softhebb | 1 of 6"));
}

TEST_CASE("evidence: every kind of golden file that is named is there") {
  for (const auto& [rule, kinds] : GoldenKinds()) {
    CAPTURE(rule);
    for (const std::string& kind : kinds)
      CHECK(std::filesystem::is_directory("tests/golden/" + kind));
  }
}

}  // namespace
}  // namespace plasticity
