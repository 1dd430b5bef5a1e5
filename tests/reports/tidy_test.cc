#include "reports/tidy.h"

#include <catch2/catch.hpp>

#include "tests/reports/sample.h"

namespace plasticity {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

TEST_CASE("each metric of each cell is a row, and a cell without has one row that says why") {
  const TidyTable table = TidyMetrics(ResultSet(
      {SampleResult("oja", 1, 0.5), LostSample("wta", 2, "failed", "out, \"of\" memory")}));
  REQUIRE(table.rows.size() == 3);
  for (const auto& row : table.rows) CHECK(row.size() == table.columns.size());
  const std::string csv = ToCsv(table);
  CHECK_THAT(csv,
             Contains(",ok,,classification,cifar10,sphere-cnn,linear,oja,finetune,oja,1,cpu,") &&
                 Contains(",accuracy.test,0.5,fraction,true,,\n") &&
                 Contains(",\"out, \"\"of\"\" memory\"\n"));
  const std::string lines = ToJsonLines(table);
  const json first = json::parse(lines.substr(0, lines.find('\n')));
  CHECK(first["metric"] == "accuracy.test");
  CHECK(first["value"] == 0.5);
  CHECK(json::parse(first["settings"].get<std::string>())["network"]["width"] == 0.25);
}

TEST_CASE("each number of each record is a row with its place along every axis") {
  Result result = SampleResult("oja", 1, 0.5);
  result.records["accuracy"] = {{"after", "on"}, "fraction", {{0.1, nullptr}, {0.3, 0.4}}};
  const TidyTable table = TidyRecords(ResultSet({result}));
  CHECK(table.columns == std::vector<std::string>{"run_id", "record", "unit", "axis_1", "index_1",
                                                  "axis_2", "index_2", "value"});
  REQUIRE(table.rows.size() == 6);
  CHECK(table.rows[1] ==
        std::vector<json>{result.run_id, "accuracy", "fraction", "after", 0, "on", 1, nullptr});
  CHECK(table.rows[2][7] == 0.3);
  CHECK(table.rows[4] == std::vector<json>{result.run_id, "accuracy.validation", "fraction",
                                           "epoch", 0, nullptr, nullptr, 0.25});
}

}  // namespace
}  // namespace plasticity
