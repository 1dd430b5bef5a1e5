#include "reports/published_text.h"

#include <algorithm>

#include "reports/text_table.h"
#include "reports/words.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

TableRow RowOf(const PublishedNumber& number, const Table& table, const std::string& metric) {
  TableRow row;
  row.emphasis = Emphasis::kPublished;
  row.citations = {number.citation};
  row.about = {{"label", number.method}, {"published", number.facts}};
  for (const Column& column : table.columns) {
    row.cells.emplace_back();
    if (column.key == "row") row.cells.back() = Printable(number.method) + " (published)";
    if (column.key == metric) row.cells.back() = CellOf(number);
    if (column.key == "published") row.cells.back() = AboutPublished(number);
  }
  return row;
}

}  // namespace

std::string AboutPublished(const PublishedNumber& number) {
  std::vector<std::string> parts;
  if (!number.network.empty()) parts.push_back(number.network);
  if (number.seeds) parts.push_back(Plural(static_cast<std::size_t>(*number.seeds), "seed"));
  if (number.spread) {
    parts.push_back(number.spread_kind == "unstated" ? "± not explained"
                                                     : "± " + number.spread_kind);
  }
  return Join(parts, ", ") + (parts.empty() ? "[" : " [") + number.citation + "]";
}

Number CellOf(const PublishedNumber& number) {
  return {.value = number.value, .spread = number.spread};
}

std::vector<std::string> SourceNotes(const std::vector<PublishedNumber>& numbers) {
  std::vector<std::string> notes;
  for (const PublishedNumber& number : numbers) {
    const bool quoted = number.facts.value("read", "") == "second-hand";
    const std::string note = number.citation + ": " + number.source +
                             (quoted ? " (second-hand); " : "; ") + number.protocol + ".";
    if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
  }
  std::sort(notes.begin(), notes.end());
  return notes;
}

void AddPublished(Table& table, const Board& board, const MetricInfo& metric) {
  const std::vector<PublishedNumber> numbers =
      PublishedFor(board, metric.name, metric.higher_is_better);
  if (numbers.empty()) return;
  table.columns.push_back({.key = "published", .heading = "published", .expendable = 1});
  for (TableRow& row : table.rows) row.cells.emplace_back();
  for (const PublishedNumber& number : numbers) {
    table.rows.push_back(RowOf(number, table, metric.name));
  }
  table.notes.emplace_back(
      "Published: read in its source, not measured here. Networks, readouts and budgets differ, so "
      "these rows have no rank.");
  for (std::string& note : SourceNotes(numbers)) table.notes.push_back(std::move(note));
}

}  // namespace plasticity
