#include "reports/page/parts.h"

#include <sstream>

#include "reports/words.h"
#include "suite/base/digest.h"
#include "suite/base/text.h"

namespace plasticity {

using nlohmann::json;

std::string PageOf(const Place& place, const std::string& title, const std::string& body) {
  const std::string& up = place.up;
  std::string page = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  page += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  page += "<title>" + HtmlEscaped(title) + " - plasticity</title>\n";
  page += "<link rel=\"stylesheet\" href=\"" + up + "style.css\">\n";
  page += "<script defer src=\"" + up + "script.js\"></script>\n</head>\n<body>\n";
  page += "<a class=\"skip\" href=\"#main\">Skip to the content</a>\n";
  page += "<header><nav aria-label=\"Site\"><a class=\"home\" href=\"" + up +
          "index.html\">plasticity</a> <a href=\"" + up +
          "index.html#boards\">Boards</a> <a href=\"" + up +
          "index.html#tasks\">Tasks</a> <a href=\"" + up +
          "index.html#rules\">Rules</a></nav></header>\n";
  page += "<main id=\"main\" tabindex=\"-1\">\n<h1>" + HtmlEscaped(title) + "</h1>\n" + body;
  page += "</main>\n<footer><p>Made by <code>" + HtmlEscaped(place.command) +
          "</code></p></footer>\n</body>\n</html>\n";
  return page;
}

std::string RuleAddress(const std::string& rule) { return "rules/" + FileNameOf(rule) + ".html"; }
std::string TaskAddress(const std::string& task) { return "tasks/" + FileNameOf(task) + ".html"; }
std::string ResultAddress(const std::string& run_id) { return "results/" + run_id + ".html"; }

std::string FileNameOf(const std::string& name) {
  std::string file;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    file += plain ? c : '-';
  }
  // Names of parts are like that; one of a Result that was not written by the suite may not be.
  return file == name && !name.empty() ? file : file + "-" + Sha256(name).substr(0, 8);
}

std::string BoardId(const Table& table) {
  const json key = {table.about.value("task", json()), table.about.value("data", json()),
                    table.about.value("conditions", json())};
  return "board-" + Sha256(key.dump(-1, ' ', false, json::error_handler_t::replace)).substr(0, 12);
}

Table PlainTable(const std::string& title, std::vector<Column> columns,
                 std::vector<std::vector<TableCell>> rows) {
  Table table;
  table.title = title;
  table.columns = std::move(columns);
  table.columns.front().key = "row";
  for (std::vector<TableCell>& cells : rows) table.rows.push_back({.cells = std::move(cells)});
  return table;
}

std::string DefinitionList(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string text;
  for (const auto& [heading, value] : items) {
    if (value.empty()) continue;
    text += "<dt>" + HtmlEscaped(heading) + "</dt><dd>" + HtmlEscaped(value) + "</dd>\n";
  }
  return text.empty() ? "" : "<dl>\n" + text + "</dl>\n";
}

std::string Preformatted(const std::string& label, const std::string& text) {
  std::string escaped;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) escaped += HtmlEscaped(line) + "\n";
  return "<pre tabindex=\"0\" role=\"group\" aria-label=\"" + HtmlEscaped(label) + "\"><code>" +
         escaped + "</code></pre>\n";
}

std::string SectionOf(const Table& table, const HtmlOptions& options) {
  return table.rows.empty() ? "" : HtmlSection(table, options);
}

TableCell MetricCell(const Result& result, const std::string& metric) {
  const auto found = result.metrics.find(metric);
  if (found == result.metrics.end() || !found->second.value) return {};
  return Number{.value = *found->second.value, .unit = found->second.unit};
}

}  // namespace plasticity
