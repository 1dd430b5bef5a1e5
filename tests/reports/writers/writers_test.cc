#include <catch2/catch.hpp>
#include <sstream>

#include "reports/statistics/summary.h"
#include "reports/text_table.h"
#include "suite/base/error.h"
#include "tests/reports/seen.h"

namespace plasticity {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

TEST_CASE("the terminal's table is what a newcomer sees") {
  const std::string text = Written("terminal", Seen(Usual(3)));
  const std::string table =
      R"( #  rule      labels  locality  accuracy    vs backprop    images/s    time  peak MB
 -  backprop  yes     global    54.2 ± 0.2  (ceiling)           400  41.5 s      612
 1  sphere    no      layer     47.8 ± 0.2   -6.4               400  41.5 s      612
 2  softhebb  no      layer     45.3 ± 0.2   -8.9               400  41.5 s      612
 3  oja       no      layer     38.7 ± 0.2  -15.5               400  41.5 s      612
 -  random    no      none      36.5 ± 0.2  -17.7 (floor)         -  41.5 s      612
)";
  CHECK_THAT(text, Contains(table));
}

TEST_CASE("colour is used only when asked for, and changes no letter") {
  const std::vector<Table> tables = Seen(Usual(2));
  const std::string plain = Written("terminal", tables);
  CHECK_THAT(plain, !Contains("\x1b"));
  std::string coloured = Written("terminal", tables, {.width = 0, .color = true});
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
  const std::vector<Table> tables = Seen(results);
  for (const int width : {200, 110, 100, 80, 72, 60, 48, 40}) {
    CAPTURE(width);
    std::istringstream lines(Written("terminal", tables, {.width = width, .color = false}));
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      CHECK(DisplayWidth(line) <= width);
    }
  }
  CHECK_THAT(Written("terminal", tables, {.width = 60, .color = false}),
             Contains("Left out for the width:") && Contains("…"));
}

TEST_CASE("wide letters keep the columns aligned") {
  std::vector<Result> results = Usual(1);
  results.push_back(SampleResult("学习", 1, 0.3));
  std::istringstream lines(Written("terminal", Seen(results)));
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
  const std::string text =
      Written("markdown", Seen(results), {.command = "plasticity leaderboard r"});
  CHECK_THAT(text, Contains("# Leaderboard\n") && Contains("| accuracy (%) ") &&
                       Contains("| :--") && Contains("--: |") && Contains("a\\|b\\_&lt;c>") &&
                       Contains("> 1 to 2 seeds cannot support") &&
                       Contains("11 results; seeds 1-2; Imaginary CPU 3000, 2 threads; plasticity "
                                "0.1.0, commit 19bf3da.") &&
                       Contains("Made by `plasticity leaderboard r`."));
}

TEST_CASE("JSON has unrounded numbers and every run") {
  std::vector<Result> results = Usual(3);
  results.push_back(LostSample("bcm", 1, "diverged", "not finite"));
  const json all = json::parse(Written("json", Seen(results)));
  CHECK(all["table_version"] == 1);
  CHECK_FALSE(all.contains("schema_version"));  // so that it is not taken for a Result
  const json& table = all["tables"][0];
  CHECK(table["layout"] == "leaderboard");
  CHECK(table["about"]["metric"] == "accuracy.test");
  CHECK(table["about"]["conditions"]["network"]["width"] == 0.25);
  const json& sphere = table["rows"][1];
  const StudentInterval interval = ConfidenceInterval({0.478, 0.477, 0.479});
  CHECK(sphere["about"]["label"] == "sphere");
  CHECK(sphere["cells"]["rank"] == 1);
  const json& value = sphere["cells"]["accuracy.test"];
  CHECK(value["n"] == 3);
  CHECK(value["mean"].get<double>() == Approx(interval.mean).epsilon(1e-14));
  CHECK(value["sd"].get<double>() == Approx(interval.sd).epsilon(1e-12));
  CHECK(value["interval"]["level"] == 0.95);
  CHECK(value["interval"]["method"] == "student_t");
  CHECK(value["interval"]["lo"].get<double>() == Approx(interval.mean - interval.halfwidth));
  CHECK(value["interval"]["hi"].get<double>() == Approx(interval.mean + interval.halfwidth));
  CHECK(value["runs"].size() == 3);
  CHECK(value["runs"][0]["value"] == 0.479 - 0.001);
  CHECK(value["runs"][0]["run_id"].get<std::string>().size() == 16);
  const json& lost = table["rows"].back()["cells"]["accuracy.test"];
  CHECK(lost["mean"].is_null());
  CHECK(lost["reason"] == "1 diverged of 1");
  CHECK(lost["runs"][0]["reason"] == "not finite");
}

TEST_CASE("letters that would disturb a terminal are replaced") {
  std::vector<Result> results = {SampleResult("bad\x1b[31m\nname", 1, 0.3)};
  const std::string text = Written("terminal", Seen(results));
  CHECK_THAT(text, !Contains("\x1b") && Contains("bad [31m name"));
}

TEST_CASE("CSV has a column of means, of half-widths and of seeds for each metric") {
  std::vector<Result> results = Usual(3);
  results.push_back(SampleResult("a, \"b\"", 1, 0.3));
  std::istringstream lines(Written("csv", Seen(results)));
  std::string line;
  std::getline(lines, line);
  CHECK(line ==
        "rank,row,labels,locality,accuracy.test,accuracy.test.halfwidth,accuracy.test.n,vs_ceiling,"
        "seeds,images_per_s,samples_seen,wall_total_s,peak_host_bytes");
  std::getline(lines, line);
  CHECK_THAT(line, Catch::StartsWith(",backprop,yes,global,0.542"));
  std::string last;
  while (std::getline(lines, line)) last = line;
  CHECK_THAT(last, Contains("\"a, \"\"b\"\"\"") && Contains("0.3,,1,"));
}

TEST_CASE("LaTeX marks the best, escapes text and says what was measured") {
  std::vector<Result> results = Usual(2);
  results.push_back(SampleResult("a_rule & 50 %", 1, 0.3));
  const std::string text = Written("latex", Seen(results), {.command = "plasticity table r"});
  CHECK_THAT(text, Contains("\\begin{tabular}") && Contains("\\toprule") &&
                       Contains("\\bfseries 47.8 & $\\,\\pm\\,$\\phantom{}0.6") &&
                       Contains("{\\underline{45.4}}") && Contains("a\\_rule \\& 50 \\%") &&
                       Contains("\\cite{nobody2026nothing}") &&
                       Contains("\\caption{classification on cifar10, test accuracy. Percent of") &&
                       Contains("% made by plasticity table r") && !Contains("±"));
  CHECK_THAT(
      text,
      Contains("\nNetwork: sphere-cnn (1 block, input standardize, width 0.25). Learning: 12"));
}

TEST_CASE("LaTeX says all facts of a table that is no board's, and cites what columns are") {
  Table table;
  table.title = "ranking over 2 boards";
  table.facts = {{"scores", "0 at the floor"}};
  table.columns = {{.key = "row", .heading = "rule"},
                   {.key = "er", .heading = "er", .citations = {"rolnick2019replay"}}};
  table.rows.push_back({.cells = {std::string("oja"), Number{1}}});
  CHECK_THAT(Written("latex", {table}),
             Contains("\\caption{ranking over 2 boards. Scores: 0 at the floor.}") &&
                 Contains("\\shortstack{\\strut er\\\\\\cite{rolnick2019replay}}"));
}

TEST_CASE("HTML is escaped, and has what a script can sort by") {
  std::vector<Result> results = Usual(2);
  results.push_back(SampleResult("<b>\"x\"&", 1, 0.3));
  const std::string text = Written("html", Seen(results));
  CHECK_THAT(text, Contains("<th scope=\"row\">&lt;b&gt;&quot;x&quot;&amp;</th>") &&
                       Contains("<td class=\"number\" data-value=\"0.477") &&
                       Contains("<strong>47.8"));
}

TEST_CASE("every writer takes every layout, and tables without rows that have a value") {
  std::vector<Result> results = Usual(2);
  results.push_back(LostSample("bcm", 1, "skipped", "it has no loss"));
  for (const auto& [layout, entry] : Layouts()) {
    std::vector<Table> tables;
    try {
      tables = Seen(results, {.layout = layout});
    } catch (const InputError&) {
      continue;  // shows other tasks
    }
    for (const Table& table : tables) {
      CHECK(table.layout == layout);
      for (const TableRow& row : table.rows) CHECK(row.cells.size() == table.columns.size());
    }
    for (const auto& [writer, how] : Writers()) {
      CAPTURE(layout, writer);
      CHECK_THAT(Written(writer, tables), Contains("sphere"));
    }
  }
}

TEST_CASE("formats and layouts have names") {
  CHECK_THROWS_WITH(WriterNamed("markdwon"),
                    Contains("no format named") && Contains("Nearest: markdown"));
  CHECK_THROWS_WITH(Seen(Usual(1), {.layout = "leaderbord"}), Contains("Nearest: leaderboard"));
  CHECK(WriterNameFor("a/b.tex") == "latex");
  CHECK_THROWS_WITH(WriterNameFor("a/b.docx"), Contains(".docx") && Contains(".csv"));
  CHECK_THROWS_WITH(Seen(Usual(1), {.layout = "transfer"}),
                    Contains("nothing that the layout transfer shows"));
}

}  // namespace
}  // namespace plasticity
