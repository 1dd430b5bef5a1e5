#include "reports/published.h"

#include <catch2/catch.hpp>
#include <set>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "suite/base/files.h"
#include "tests/reports/seen.h"

namespace plasticity {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

TEST_CASE("every file of published numbers is valid under its schema") {
  const json text = json::parse(ReadFile("reports/published/schema/published.v1.json"));
  valijson::Schema schema;
  const valijson::adapters::NlohmannJsonAdapter schema_adapter(text);
  valijson::SchemaParser(valijson::SchemaParser::kDraft7).populateSchema(schema_adapter, schema);
  valijson::Validator validator(valijson::Validator::kStrongTypes);
  int files = 0;
  for (const auto& [name, content] : PublishedFiles()) {
    if (!name.ends_with(".json")) continue;
    CAPTURE(name);
    const json file = json::parse(content);
    CHECK(validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(file), nullptr));
    ++files;
  }
  CHECK(files > 10);
  json misspelt = json::parse(PublishedFiles().at("miconi.json"));
  misspelt["numbers"][0]["sources"] = "a paper";
  CHECK_FALSE(
      validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(misspelt), nullptr));
}

TEST_CASE("a published number says what it is, and its source is in the references") {
  std::set<std::string> native;
  for (const PublishedNumber& number : PublishedNumbers()) {
    CAPTURE(number.facts.dump());
    CHECK_FALSE(number.metric.empty());
    CHECK_FALSE(ReferenceOf(number.citation).empty());
    if (!number.native) continue;
    CHECK(native.insert(number.rule + " " + number.data + " " + number.metric).second);
  }
  CHECK(native.count("softhebb cifar10 accuracy.test") == 1);
}

TEST_CASE("a reference is one whole entry") {
  CHECK_THAT(ReferenceOf("miconi2021hebbian"), Catch::StartsWith("@article{miconi2021hebbian,") &&
                                                   Contains("2107.01729") &&
                                                   Catch::EndsWith("\n}"));
  CHECK(ReferenceOf("nobody2026nothing").empty());
  CHECK(ReferenceOf("").empty());
}

TEST_CASE("published numbers stand under a leaderboard only when asked for, without a rank") {
  const Table plain = SeenTable(Usual(2));
  for (const TableRow& row : plain.rows) CHECK(row.emphasis != Emphasis::kPublished);
  const Table table = SeenTable(Usual(2), {.options = {.published = true}});
  REQUIRE(table.rows.size() > plain.rows.size());
  double last = 1;
  bool deepest = false;
  for (std::size_t i = plain.rows.size(); i < table.rows.size(); ++i) {
    const TableRow& row = table.rows[i];
    CHECK(row.emphasis == Emphasis::kPublished);
    CHECK(std::holds_alternative<std::monostate>(row.cells[ColumnNamed(table, "rank")]));
    CHECK_THAT(TextIn(row.cells[ColumnNamed(table, "row")]), Catch::EndsWith(" (published)"));
    const auto& number = std::get<Number>(row.cells[ColumnNamed(table, "accuracy.test")]);
    CHECK(number.value <= last);
    last = number.value;
    // No rule that is not on the board: these are krotov's and pc's.
    CHECK(row.citations != std::vector<std::string>{"grinberg2019local"});
    deepest = deepest || (number.value == 0.8031 && number.spread == 0.0015);
  }
  CHECK(deepest);
  CHECK_THAT(NotesIn(table), Contains("not measured here") && Contains("journe2023hebbian: "));
  const std::vector<Table> tables = {table};
  CHECK_THAT(Written("terminal", tables), Contains("SoftHebb (published)") && Contains("80.3 ±"));
  CHECK_THAT(Written("csv", tables), Contains("SoftHebb (published),,,0.8031,,"));
  CHECK_THAT(Written("latex", tables),
             Contains("SoftHebb (published)~\\cite{journe2023hebbian}") && Contains("80.3 & $\\,"));
  const json written = json::parse(Written("json", tables));
  CHECK(written["tables"][0]["rows"].back()["about"]["published"]["read"].is_string());
}

Result Stream(int seed, const std::string& setting) {
  return EditedSample("backprop", seed, 0.2, [&](Result& result) {
    const json scenario = {{"name", "split"},
                           {"params", {{"setting", setting}, {"experiences", 5}}}};
    result.request["task"] = {
        {"name", "continual"}, {"version", 1}, {"params", {{"scenario", scenario}}}};
    result.request["strategy"] = {{"name", "er"}, {"params", {{"memory", 500}}}};
    result.headline = "acc.final";
    result.metrics["acc.final"] = {0.2, true, "fraction", ""};
  });
}

TEST_CASE("a published number stands under no board of other conditions, and of its strategy") {
  const auto values = [](const std::string& setting) {
    std::set<double> found;
    const Table table = SeenTable({Stream(1, setting)}, {.options = {.published = true}});
    for (const TableRow& row : table.rows) {
      const auto* number = std::get_if<Number>(&row.cells[ColumnNamed(table, "acc.final")]);
      if (number != nullptr) found.insert(number->value);
    }
    return found;
  };
  const std::set<double> classes = values("class-incremental");
  const std::set<double> tasks = values("task-incremental");
  CHECK(classes.count(0.5637) == 1);
  CHECK(tasks.count(0.9415) == 1);
  CHECK(tasks.count(0.5637) == 0);
  CHECK(classes.count(0.1962) == 0);  // without a strategy
  CHECK(values("domain-incremental").empty());
}

Result OwnTrack(const std::string& rule, double accuracy, const std::string& precision) {
  return EditedSample(rule, 1, accuracy, [&](Result& result) {
    result.rule["track"] = "native";
    result.request["precision"] = precision;
  });
}

TEST_CASE("the native track shows published, measured and their difference") {
  const std::vector<Result> results = {
      OwnTrack("softhebb", 0.8059, "tf32"), OwnTrack("softhebb", 0.8017, "float32"),
      OwnTrack("foldiak", 0.4, "tf32"), SampleResult("oja", 1, 0.3)};
  const Table table = SeenTable(results, {.layout = "native"});
  CHECK(table.title == "classification on cifar10, native track, accuracy.test");
  REQUIRE(LabelsIn(table).size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const TableRow& row = table.rows[i];
    const auto cell = [&](const char* key) { return row.cells[ColumnNamed(table, key)]; };
    if (LabelsIn(table)[i] == "foldiak") {  // nobody reports one
      CHECK(std::holds_alternative<std::monostate>(cell("published")));
      CHECK(std::holds_alternative<std::monostate>(cell("difference")));
      CHECK(TextIn(cell("only_here")).empty());
      continue;
    }
    CHECK(std::get<Number>(cell("published")).value == 0.8031);
    const double measured = *std::get<Measured>(cell("measured")).mean;
    CHECK(std::get<Number>(cell("difference")).value == Approx(measured - 0.8031));
    CHECK_THAT(TextIn(cell("only_here")), Catch::StartsWith("precision="));
  }
  CHECK_THAT(table.provenance, Catch::StartsWith("3 results; seed 1;"));
  CHECK_THROWS_WITH(SeenTable(Usual(1), {.layout = "native"}), Contains("nothing that the layout"));
}

}  // namespace
}  // namespace plasticity
