#include "reports/page/result_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/corrections.h"
#include "reports/format.h"
#include "reports/page/inline_svg.h"
#include "reports/page/record_curves.h"
#include "reports/page/run_command.h"
#include "reports/words.h"
#include "suite/base/kinds.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

using nlohmann::json;

Table Metrics(const Result& result) {
  std::vector<std::vector<TableCell>> rows;
  for (const auto& [name, metric] : result.metrics) {
    const std::string& remark = metric.value ? metric.definition : metric.reason;
    const TableCell chance = metric.chance
                                 ? TableCell(Number{.value = *metric.chance, .unit = metric.unit})
                                 : TableCell();
    rows.push_back({name, MetricCell(result, name), chance, UnitText(metric.unit), remark});
  }
  return PlainTable("Metrics",
                    {{.heading = "metric"},
                     {.heading = "value"},
                     {.heading = "chance"},
                     {.heading = "unit"},
                     {.heading = "what it is"}},
                    rows);
}

Table CostTable(const Cost& cost) {
  std::vector<std::vector<TableCell>> rows;
  const auto add = [&](const std::string& what, const auto& value, const std::string& unit) {
    if (value)
      rows.push_back(
          {what, Number{.value = static_cast<double>(*value), .unit = unit}, UnitText(unit)});
  };
  add("images seen", std::optional(cost.samples_seen), "count");
  add("speed while learning", cost.images_per_s, "images/s");
  for (const auto& [phase, seconds] : cost.wall_s)
    add("time: " + phase, std::optional(seconds), "s");
  add("peak memory", cost.peak_host_bytes, "bytes");
  add("peak memory of the device", cost.peak_device_bytes, "bytes");
  for (const auto& [part, bytes] : cost.state_bytes)
    add("state: " + part, std::optional(bytes), "bytes");
  add("arithmetic forward, an image", cost.flops_forward_per_image, "FLOP");
  add("arithmetic of a step, an image", cost.flops_learn_per_image, "FLOP");
  add("energy", cost.energy_j, "J");
  return PlainTable("Cost", {{.heading = "what"}, {.heading = "value"}, {.heading = "unit"}}, rows);
}

// Every leaf of `object`, a row each.
Table LeafTable(const std::string& title, const json& object) {
  std::vector<std::vector<TableCell>> rows;
  for (const auto& [path, leaf] : Leaves(object)) {
    rows.push_back({path, leaf.is_string() ? leaf.get<std::string>() : leaf.dump()});
  }
  return PlainTable(title, {{.heading = "setting"}, {.heading = "value"}}, rows);
}

// How many values lie along each axis: "10 x 10".
std::string SizeText(const NestedNumbers& values) {
  std::string text;
  for (const std::size_t extent : values.extents())
    text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text;
}

Table RecordList(const Result& result) {
  std::vector<std::vector<TableCell>> rows;
  for (const auto& [name, record] : result.records) {
    rows.push_back({name, Join(record.axes, ", "), SizeText(record.values), record.unit});
  }
  return PlainTable(
      "Records",
      {{.heading = "record"}, {.heading = "along"}, {.heading = "values"}, {.heading = "unit"}},
      rows);
}

// A record of two axes that a reader can take in: a confusion or an accuracy matrix.
std::optional<Table> Matrix(const std::string& name, const Record& record) {
  constexpr std::size_t kMost = 20;
  if (record.axes.size() != 2 || record.values.size() > kMost) return std::nullopt;
  const std::vector<std::vector<double>> values = record.values.Rows();
  if (values.empty()) return std::nullopt;
  std::vector<Column> columns = {{.heading = record.axes[0] + " / " + record.axes[1]}};
  std::vector<std::vector<TableCell>> rows;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].size() > kMost) return std::nullopt;
    std::vector<TableCell> cells = {std::to_string(i)};
    for (const double value : values[i]) {
      cells.emplace_back();
      if (std::isfinite(value)) cells.back() = Number{value};
    }
    while (columns.size() < cells.size()) {
      columns.push_back({.heading = std::to_string(columns.size() - 1), .unit = record.unit});
    }
    rows.push_back(std::move(cells));
  }
  for (std::vector<TableCell>& cells : rows) cells.resize(columns.size());
  return PlainTable(name, std::move(columns), std::move(rows));
}

std::string Records(const Result& result) {
  std::string text = SectionOf(RecordList(result));
  for (const auto& [name, record] : result.records) {
    if (IsCurve(record)) text += InlineSvg(RecordFigure(name, {{"", &record}}));
  }
  for (const auto& [name, record] : result.records) {
    if (const std::optional<Table> matrix = Matrix(name, record))
      text += SectionOf(*matrix, {.level = 3});
  }
  return text;
}

Table Notes(const Result& result) {
  std::vector<std::vector<TableCell>> rows;
  for (const Note& note : result.notes) rows.push_back({note.date, note.kind, note.text});
  return PlainTable("Notes", {{.heading = "date"}, {.heading = "kind"}, {.heading = "text"}}, rows);
}

std::string Title(const Result& result) {
  return TitleOf(result.request) + ", " + TaskAndData(result.request) + ", seed " +
         result.request.value("seed", json(0)).dump();
}

}  // namespace

std::string ResultPage(const Place& place, const Result& result, const std::string& board,
                       const std::vector<std::string>& suspicions) {
  const std::string rule = PartName(result.request, "rule");
  const std::string task = PartName(result.request, "task");
  std::string body = "<p>" + HtmlLink(place.up + RuleAddress(rule), "The rule " + rule) + " | " +
                     HtmlLink(place.up + TaskAddress(task) + "#" + board, "Its board") + "</p>\n";
  const Note* withdrawal = Withdrawal(result);
  body += DefinitionList({{"state", result.state},
                          {"withdrawn", withdrawal != nullptr ? withdrawal->text : ""},
                          {"reason", result.reason},
                          {"suspicious", Join(suspicions, "; ")},
                          {"date", result.date},
                          {"cell", result.run_id}});
  body += SectionOf(Notes(result)) + SectionOf(Metrics(result)) + Records(result) +
          SectionOf(CostTable(result.cost));
  body += "<section>\n<h2>Again</h2>\n" + Preformatted("Command", RunCommandOf(result)) +
          "</section>\n";
  body += SectionOf(LeafTable("Configuration", result.request), {.id = "configuration"});
  const json environment = {{"env", result.env},
                            {"suite", result.suite},
                            {"dataset", result.dataset},
                            {"selection", result.selection}};
  body += SectionOf(LeafTable("Environment", environment), {.id = "environment"});
  return PageOf(place, Title(result), body);
}

}  // namespace plasticity
