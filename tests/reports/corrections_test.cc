#include "reports/corrections.h"

#include <catch2/catch.hpp>

#include "reports/compare.h"
#include "reports/figure_kind.h"
#include "reports/page/site.h"
#include "reports/result_set.h"
#include "reports/tidy.h"
#include "tests/reports/seen.h"

namespace plasticity {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

void Say(Result& result, const std::string& kind, const std::string& text) {
  result.notes.push_back({"2026-02-01T08:00:00Z", kind, text, result.date});
}

// Usual(3) without some seeds of softhebb, or all.
std::vector<Result> Withdrawn(const std::set<int>& seeds) {
  std::vector<Result> results = Usual(3);
  for (Result& result : results) {
    if (result.request["rule"]["name"] != "softhebb") continue;
    if (seeds.contains(result.request["seed"]))
      Say(result, "withdrawn", "trained on a wrong split");
  }
  return results;
}

TEST_CASE("a withdrawn cell counts in no mean, and its row says so") {
  std::vector<Result> without = Usual(3);
  std::erase_if(without, [](const Result& result) {
    return result.request["rule"]["name"] == "softhebb" && result.request["seed"] == 2;
  });
  const Table board = SeenTable(Withdrawn({2}));
  CHECK(*MeasuredIn(board, "softhebb").mean == *MeasuredIn(SeenTable(without), "softhebb").mean);
  CHECK(NumberIn(board, "softhebb", "rank") == 2);
  CHECK(TextIn(CellOf(board, "softhebb", "seeds")) == "1, 3 (2 withdrawn)");
  CHECK_FALSE(board.columns[ColumnNamed(board, "seeds")].redundant);
  CHECK_THAT(NotesIn(board),
             Contains("softhebb, seed 2, withdrawn on 2026-02-01: trained on a wrong split.\n") &&
                 Contains("The rows rest on different seeds."));
  CHECK(board.about["results"] == 14);
  CHECK(board.rows[2].about["withdrawn"][0]["why"] == "trained on a wrong split");
}

TEST_CASE("a row of nothing but withdrawn cells stands last, unranked and struck through") {
  const std::vector<Table> tables = Seen(Withdrawn({1, 2, 3}));
  const Table& board = tables.front();
  CHECK(LabelsIn(board) ==
        std::vector<std::string>{"backprop", "sphere", "oja", "random", "softhebb"});
  CHECK_FALSE(NumberIn(board, "softhebb", "rank"));
  CHECK(NumberIn(board, "oja", "rank") == 2);
  CHECK_THAT(NotesIn(board), Contains("softhebb, seeds 1-3, withdrawn on 2026-02-01") &&
                                 !Contains("different seeds"));
  CHECK_THAT(Written("terminal", tables), Contains("withdrawn  "));
  CHECK_THAT(Written("terminal", tables, {.color = true}), Contains("\x1b[2m -  softhebb"));
  CHECK_THAT(Written("markdown", tables), Contains("| ~~softhebb~~ ") && !Contains("~~oja"));
  CHECK_THAT(Written("latex", tables), Contains("$^{\\mathrm{w}}$") && Contains("w: withdrawn"));
  CHECK_THAT(Written("html", tables),
             Contains("<tr class=\"withdrawn\"") && Contains("<s>softhebb</s>"));
  CHECK_THAT(Written("csv", tables), Contains(",withdrawn\n") && Contains(",false\n") &&
                                         Contains(",softhebb,no,layer,,,0,") &&
                                         Contains(",true\n"));
  const json rows = json::parse(Written("json", tables))["tables"][0]["rows"];
  CHECK(rows[4]["withdrawn"] == true);
  CHECK(rows[4]["about"]["withdrawn"].size() == 3);
  CHECK(rows[0]["withdrawn"] == false);
}

TEST_CASE("nothing is flagged where nothing was withdrawn") {
  const std::vector<Table> tables = Seen(Usual(2));
  CHECK_THAT(Written("csv", tables), !Contains("withdrawn"));
  CHECK_THAT(Written("latex", tables), !Contains("Withdrawn"));
}

TEST_CASE("what was reinstated counts, and its whole history is told") {
  std::vector<Result> results = Withdrawn({2});
  for (Result& result : results) {
    if (!result.notes.empty()) Say(result, "reinstated", "the split was right");
  }
  const Table board = SeenTable(results);
  CHECK(MeasuredIn(board, "softhebb").runs.size() == 3);
  CHECK_THAT(NotesIn(board), Contains("softhebb, seed 2, withdrawn on 2026-02-01") &&
                                 Contains("softhebb, seed 2, reinstated on 2026-02-01"));
}

TEST_CASE("a board may be withdrawn as a whole, in every layout and figure") {
  std::vector<Result> results = Usual(2);
  for (Result& result : results) Say(result, "withdrawn", "a broken machine");
  const Table board = SeenTable(results);
  CHECK(board.rows.size() == 5);
  CHECK_THAT(FactIn(board, "measured"), Contains("all of it withdrawn"));
  CHECK_THAT(board.provenance, Catch::StartsWith("0 results"));
  const ResultSet set(results);
  for (const auto& [name, layout] : Layouts()) CHECK_NOTHROW(layout.make()->Tables(set, {}));
  for (const auto& [name, kind] : FigureKinds()) CHECK_NOTHROW(kind.make()->Figures(set, {}));
  CHECK_NOTHROW(MakeSite(set, ""));
}

TEST_CASE("a comparison leaves withdrawn cells out and says so") {
  const std::vector<Result> before = Usual(3);
  std::vector<Result> now = Withdrawn({1, 2, 3});
  for (Result& result : now) {
    if (!result.notes.empty()) result.metrics["accuracy.test"].value = 0.1;  // would be a loss
  }
  const Comparison comparison = Compare({before}, ResultSet(now), Gate());
  CHECK(comparison.passed());
  const Table table = ComparisonTable(comparison, Gate(), false);
  CHECK_THAT(NotesIn(table), Contains("Left out: softhebb, seeds 1-3, withdrawn on 2026-02-01"));
  REQUIRE(table.rows.size() == 1);
  CHECK(TextIn(table.rows[0].cells.back()) == "withdrawn");
}

TEST_CASE("a site shows a withdrawn Result with why, and what else was said") {
  std::vector<Result> results = Withdrawn({2});
  Say(results.front(), "note", "ran <beside> others");
  const std::string noted = results.front().run_id;
  const std::string withdrawn = results[7].run_id;
  const FolderFiles site = MakeSite(ResultSet(results), "");
  CHECK_THAT(site.at("results/" + withdrawn + ".html"),
             Contains("<dt>withdrawn</dt><dd>trained on a wrong split</dd>"));
  CHECK_THAT(site.at("results/" + noted + ".html"), Contains("ran &lt;beside&gt; others"));
  CHECK_THAT(site.at("rules/softhebb.html"), Contains("ok, withdrawn"));
}

TEST_CASE("exported metrics say why a cell is withdrawn") {
  const TidyTable table = TidyMetrics(ResultSet(Withdrawn({2})));
  CHECK(table.columns[2] == "withdrawn");
  for (const auto& row : table.rows) {
    const bool withdrawn = row[7] == "softhebb" && row[10] == 2;
    CHECK(row[2] == (withdrawn ? json("trained on a wrong split") : json(nullptr)));
  }
}

}  // namespace
}  // namespace plasticity
