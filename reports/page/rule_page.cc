#include "reports/page/rule_page.h"

#include <algorithm>

#include "reports/measure.h"
#include "reports/page/inline_svg.h"
#include "reports/page/record_curves.h"
#include "reports/published_text.h"
#include "reports/words.h"

namespace plasticity {
namespace {

using nlohmann::json;

std::string YesNo(const json& facts, const char* key) {
  const auto found = facts.find(key);
  if (found == facts.end() || !found->is_boolean()) return "";
  return found->get<bool>() ? "yes" : "no";
}

std::string About(const json& facts) {
  std::string text = "<p>" + HtmlEscaped(TextAt(facts, {"summary"})) + ".</p>\n";
  if (const std::string formula = TextAt(facts, {"formula"}); !formula.empty()) {
    text += Preformatted("Formula", formula);
  }
  text += DefinitionList({{"source", TextAt(facts, {"source"})},
                          {"needs labels", YesNo(facts, "needs_labels")},
                          {"locality", TextAt(facts, {"locality"})},
                          {"backward pass", YesNo(facts, "backward")},
                          {"weight transport", YesNo(facts, "weight_transport")},
                          {"role", TextAt(facts, {"role"})},
                          {"from", TextAt(facts, {"origin"})},
                          {"plugin", TextAt(facts, {"plugin", "file"})}});
  const std::string key = TextAt(facts, {"citation"});
  const std::string reference = ReferenceOf(key);
  if (key.empty()) return text;
  return text + "<section>\n<h2>Citation</h2>\n" +
         Preformatted("BibTeX", reference.empty() ? key : reference) + "</section>\n";
}

Table PublishedTable(const std::string& rule) {
  std::vector<std::vector<TableCell>> rows;
  for (const PublishedNumber& number : PublishedNumbers()) {
    if (number.rule != rule) continue;
    Number value = CellOf(number);
    value.unit = "fraction";
    rows.push_back({number.method + (number.strategy.empty() ? "" : " + " + number.strategy),
                    number.task, number.data, number.metric, value, AboutPublished(number),
                    number.source});
  }
  Table table = PlainTable("Published, not measured here",
                           {{.heading = "method"},
                            {.heading = "task"},
                            {.heading = "data"},
                            {.heading = "metric"},
                            {.heading = "value (%)"},
                            {.heading = "for"},
                            {.heading = "read in"}},
                           rows);
  for (TableRow& row : table.rows) row.emphasis = Emphasis::kPublished;
  return table;
}

std::string StateOf(const Result& cell) {
  return Withdrawal(cell) == nullptr ? cell.state : cell.state + ", withdrawn";
}

Table Cells(const std::vector<RuleRow>& rows) {
  std::vector<std::vector<TableCell>> cells;
  std::vector<json> about;
  for (const RuleRow& one : rows) {
    for (const Result* each : one.row->all()) {
      const Result& cell = *each;
      const auto metric = cell.metrics.find(cell.headline);
      const std::string unit = metric == cell.metrics.end() ? "" : metric->second.unit;
      cells.push_back({one.row->label, one.board->task, one.board->data,
                       ConditionsInShort(one.board->conditions),
                       Number{cell.request.value("seed", 0.0)}, StateOf(cell), cell.headline,
                       MetricCell(cell, cell.headline), cell.run_id});
      about.push_back({{"run_id", cell.run_id}, {"task", one.board->task}, {"anchor", one.anchor}});
    }
  }
  Table table = PlainTable("Cells",
                           {{.heading = "rule"},
                            {.key = "task", .heading = "task"},
                            {.heading = "data"},
                            {.heading = "on"},
                            {.heading = "seed", .unit = "count"},
                            {.heading = "state"},
                            {.heading = "metric"},
                            {.heading = "value"},
                            {.key = "cell", .heading = "cell"}},
                           cells);
  for (std::size_t i = 0; i < about.size(); ++i) table.rows[i].about = about[i];
  return table;
}

// One chart of each record that is a curve, a line a seed.
std::string Curves(const RuleRow& one) {
  std::map<std::string, std::vector<std::pair<std::string, const Record*>>> lines;
  const std::vector<std::int64_t> seeds = one.row->seeds();
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    for (const auto& [name, record] : one.row->cells[i]->records) {
      if (IsCurve(record)) lines[name].emplace_back("seed " + std::to_string(seeds[i]), &record);
    }
  }
  std::string text;
  const std::string where = ", " + one.row->label + ", " + TaskAndData(one.board->conditions) +
                            ", " + ConditionsInShort(one.board->conditions);
  for (const auto& [name, records] : lines) {
    text += InlineSvg(RecordFigure(name + where, records));
  }
  return text;
}

}  // namespace

std::string RulePage(const Place& place, const std::string& rule, const std::vector<RuleRow>& rows,
                     const std::map<std::string, Evidence>& evidence) {
  std::string body = About(rows.front().row->facts);
  if (const auto found = evidence.find(rule); found != evidence.end()) {
    std::vector<std::pair<std::string, std::string>> items;
    for (const EvidenceItem& item : found->second.items) {
      items.emplace_back(item.name, (item.there ? "yes: " : "not: ") + item.meaning);
    }
    body += "<section>\n<h2>Evidence: " + found->second.InWords() + "</h2>\n" +
            DefinitionList(items) + "</section>\n";
  }
  HtmlOptions options;
  options.link = [&](const TableRow& row, const Column& column) {
    const json& about = row.about;
    if (column.key == "cell") return place.up + ResultAddress(about.at("run_id"));
    if (column.key != "task") return std::string();
    return place.up + TaskAddress(about.at("task")) + "#" + about.at("anchor").get<std::string>();
  };
  body += SectionOf(Cells(rows), options) + SectionOf(PublishedTable(rule));
  std::string curves;
  for (const RuleRow& row : rows) curves += Curves(row);
  if (!curves.empty()) {
    body += "<section>\n<h2>Learning curves</h2>\n<div class=\"charts\">\n" + curves +
            "</div>\n</section>\n";
  }
  return PageOf(place, rule, body);
}

}  // namespace plasticity
