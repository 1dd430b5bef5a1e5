#include "reports/page/site.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "reports/html.h"
#include "reports/nights.h"
#include "reports/page/inline_svg.h"
#include "reports/page/parts.h"
#include "reports/page/record_curves.h"
#include "reports/page/run_command.h"
#include "suite/base/error.h"
#include "suite/base/files.h"
#include "tests/reports/seen.h"

namespace plasticity {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

FolderFiles SiteOf(std::vector<Result> results) {
  return MakeSite(ResultSet(std::move(results)), "plasticity page r -o site");
}

TEST_CASE("a site has an index, a page a task, a rule and a Result, and no other files") {
  const std::vector<Result> results = Usual(2);
  const FolderFiles site = SiteOf(results);
  CHECK(site.size() == 3 + 1 + 5 + 10);  // index, style sheet, script; task; rules; Results
  CHECK(site.count("tasks/classification.html") == 1);
  CHECK(site.count("rules/softhebb.html") == 1);
  for (const Result& result : results) {
    const std::string& page = site.at("results/" + result.run_id + ".html");
    CHECK_THAT(page, Catch::StartsWith("<!doctype html>\n<html lang=\"en\">") &&
                         Contains("accuracy.test") && Contains("Imaginary CPU 3000") &&
                         Contains("../style.css") && Contains("loss.readout"));
  }
  CHECK_THAT(site.at("index.html"), Contains("10 results on 1 board.") &&
                                        Contains("data-rule=\"softhebb\"") &&
                                        Contains("data-traits=\"no-labels layer\"") &&
                                        Contains("<a href=\"rules/softhebb.html\">softhebb</a>") &&
                                        Contains("Made by <code>plasticity page r -o site</code>"));
}

TEST_CASE("earlier nights give a page of what rows were in each") {
  std::vector<std::vector<Result>> nights;
  for (const char* date :
       {"2026-01-29T01:00:00Z", "2026-01-30T01:00:00Z", "2026-01-30T22:30:00Z"}) {
    const double off = 0.01 * static_cast<double>(nights.size());
    nights.push_back(Usual(2));
    for (Result& result : nights.back()) {
      *result.metrics.at("accuracy.test").value += off;
      result.date = date;
    }
  }
  nights[1].erase(nights[1].begin());  // a seed of the first row
  ResultSet last(nights.back());
  nights.pop_back();
  const std::vector<RowHistory> rows = HistoryOf({nights[0], nights[1], last.all()});
  REQUIRE(rows.size() == 5);
  CHECK(rows[0].board == "classification on cifar10");
  const auto whole = std::find_if(rows.begin(), rows.end(),
                                  [](const RowHistory& row) { return row.seeds.size() == 2; });
  REQUIRE(whole != rows.end());
  CHECK(*whole->means[2] == Approx(*whole->means[0] + 0.02));
  CHECK(std::count_if(rows.begin(), rows.end(),
                      [](const RowHistory& row) { return row.seeds.size() == 1; }) == 1);
  const FolderFiles site = MakeSite(last, "plasticity page", nights);
  CHECK_THAT(site.at("index.html"), Contains("and <a href=\"nights.html\">3 nights</a>."));
  CHECK_THAT(site.at("nights.html"), Contains("3 nights, from 2026-01-29 to 2026-01-30 22:30.") &&
                                         Contains(">2026-01-30 01:00") &&
                                         Contains("Lines over night: softhebb, classification"));
}

TEST_CASE("a rule's page has its citation, cells, curves, and what others report") {
  const std::string page = SiteOf(Usual(2)).at("rules/softhebb.html");
  CHECK_THAT(page, Contains("A rule for tests.") && Contains("nobody2026nothing") &&
                       Contains("Published, not measured here") && Contains("80.3 ±") &&
                       Contains("seed 2</li>") && Contains("<path class=\"line line-1\" d=\"M"));
}

TEST_CASE("a formula is shown where the Result has it, and what was lost says why") {
  Result result = SampleResult("mine", 1, 0.3);
  result.rule["formula"] = "dW = a\n     < b";
  const FolderFiles site =
      SiteOf({result, LostSample("mine", 2, "diverged", "the loss is not <finite>")});
  CHECK_THAT(site.at("rules/mine.html"), Contains("dW = a\n     &lt; b\n</code>"));
  const Result lost = LostSample("mine", 2, "diverged", "");
  CHECK_THAT(site.at("results/" + lost.run_id + ".html"),
             Contains("the loss is not &lt;finite&gt;"));
}

TEST_CASE("a name that is no file's is made one, and is escaped") {
  const FolderFiles site = SiteOf({SampleResult("../<b>\"x\"", 1, 0.3)});
  for (const auto& [path, content] : site) {
    CAPTURE(path);
    CHECK(path.find("..") == std::string::npos);
    CHECK(content.find("<b>") == std::string::npos);
  }
  CHECK(FileNameOf("der++") != FileNameOf("der--"));
  CHECK(FileNameOf("forward-forward") == "forward-forward");
}

TEST_CASE("the command names every parameter, so that it asks for the same cell") {
  const Result result = EditedSample("mine", 3, 0.3, [](Result& one) {
    one.request["rule"]["params"] = {{"rates", {0.1, 0.2}}, {"mode", "it's"}};
    one.request["task"]["params"] = {
        {"scenario", {{"name", "split"}, {"params", {{"experiences", 5}}}}}};
    one.request["strategy"] = {{"name", "er"}, {"params", {{"memory", 200}}}};
    one.rule["plugin"] = {{"file", "libmine.so"}};
  });
  CHECK(RunCommandOf(result) ==
        "plasticity run --plugin libmine.so --rule mine --strategy er --network sphere-cnn --task "
        "classification --readout linear --data cifar10 --precision float32 --device cpu --seed 3 "
        "--set 'rule.mode=it'\\''s' 'rule.rates=[0.1,0.2]' strategy.memory=200 network.width=0.25 "
        "network.input=standardize task.scenario=split task.scenario.experiences=5 "
        "readout.epochs=10");
  CHECK_THAT(RunCommandOf(EditedSample("mine", 3, 0.3,
                                       [](Result& one) {
                                         one.request["rule"]["tuned"] = {{"digest", "12"}};
                                       })),
             Contains(" --config mine.tuned.json "));
}

// The curves of records with these values, as the page shows them.
std::string Drawn(const std::string& title, const std::vector<std::pair<std::string, json>>& lines,
                  const std::string& unit = "") {
  std::vector<Record> records;
  for (const auto& [label, values] : lines) {
    records.push_back({.axes = {"epoch"}, .unit = unit, .values = values});
  }
  std::vector<std::pair<std::string, const Record*>> curves;
  for (std::size_t i = 0; i < lines.size(); ++i) curves.emplace_back(lines[i].first, &records[i]);
  return InlineSvg(RecordFigure(title, curves));
}

TEST_CASE("a record's curves have a path each, with gaps, and say what they show") {
  const json gap = {2.0, 1.0, nullptr, 0.5, 0.25};
  const std::string svg = Drawn("loss, <x>", {{"seed 1", gap}, {"", {1.0, 1.0}}}, "nats");
  CHECK_THAT(svg, Contains("role=\"img\" aria-label=\"Lines over epoch: loss, &lt;x&gt;\"") &&
                      Contains("seed 1</li>") && Contains("epoch; values in nats"));
  const std::size_t path = svg.find("line-0\" d=\"") + 11;
  const std::string line = svg.substr(path, svg.find('"', path) - path);
  CHECK(std::count(line.begin(), line.end(), 'M') == 2);
  CHECK(std::count(line.begin(), line.end(), 'L') == 2);
  CHECK(Drawn("one", {{"", json::array({1.0})}}).empty());
  CHECK(Drawn("none", {{"", {nullptr, nullptr}}}).empty());
  CHECK_THAT(Drawn("same", {{"", {3.0, 3.0}}}), !Contains("nan"));
  const std::string many = Drawn(
      "many", std::vector<std::pair<std::string, json>>(20, {"seed", json::array({1.0, 2.0})}));
  CHECK_THAT(many, Contains("line-7") && Contains("line-faint") && !Contains("line-8"));
}

TEST_CASE("a table in HTML has a caption, scopes, and rows that a script can filter") {
  const std::string text = HtmlTable(SeenTable(Usual(2), {.options = {.published = true}}));
  CHECK_THAT(text, Contains("<caption>classification on cifar10, test accuracy</caption>") &&
                       Contains("<th scope=\"col\" class=\"number\">accuracy (%)</th>") &&
                       Contains("<tr class=\"first\" data-rule=\"sphere\"") &&
                       Contains("<tr class=\"published\" data-rule=\"softhebb\"") &&
                       Contains("tabindex=\"0\""));
}

}  // namespace
}  // namespace plasticity
