#include "reports/layouts/metrics_layout.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "reports/board_text.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

// The rows of `order`, by another metric.
std::vector<MeasuredRow> InOrder(Table& table, const std::vector<MeasuredRow>& order,
                                 const MetricInfo& metric, double level) {
  std::vector<MeasuredRow> rows;
  for (const MeasuredRow& row : order) {
    rows.push_back({row.row, Measure(*row.row, metric.name, level)});
  }
  MarkBest(table, rows, metric.higher_is_better);
  return rows;
}

// The board's metrics of a family "accuracy.labels.*", by the numbers behind the dot.
std::vector<MetricColumn> Family(const Board& board, const MetricColumn& family) {
  const std::string start = family.metric.substr(0, family.metric.size() - 1);
  std::map<double, std::string> members;
  for (const Row& row : board.rows) {
    for (const Result* cell : row.cells) {
      for (const auto& [name, metric] : cell->metrics) {
        if (name.starts_with(start))
          members[std::strtod(name.c_str() + start.size(), nullptr)] = name.substr(start.size());
      }
    }
  }
  std::vector<MetricColumn> columns;
  for (const auto& [number, member] : members) {
    std::string heading = family.heading;
    heading.replace(heading.find('*'), 1, member);
    columns.push_back({start + member, heading});
  }
  return columns;
}

// The columns whose metric some cell of the board has; one asked for goes before them.
std::vector<MetricColumn> Present(const Board& board, const std::vector<MetricColumn>& columns,
                                  const std::string& asked) {
  std::vector<MetricColumn> present;
  if (!asked.empty()) present.push_back({asked, ""});
  for (const MetricColumn& column : columns) {
    const bool family = column.metric.ends_with(".*");
    for (const MetricColumn& one : family ? Family(board, column) : std::vector{column})
      if (one.metric != asked && HasMetric(board, one.metric)) present.push_back(one);
  }
  return present;
}

// Which metrics stand under headings that are not their names: '"forgetting" is
// forgetting.first_last (lower is better)'.
std::string Legend(const Board& board, const std::vector<MetricColumn>& columns) {
  std::vector<std::string> parts;
  for (const MetricColumn& column : columns) {
    if (column.heading.empty() || column.heading == column.metric) continue;
    const bool higher = InfoOf(board, column.metric).higher_is_better;
    parts.push_back("\"" + column.heading + "\" is " + column.metric +
                    (higher ? "" : " (lower is better)"));
  }
  return Join(parts, ", ");
}

Table MetricsTable(const ResultSet& results, const Board& board,
                   const std::vector<MetricColumn>& columns, double level) {
  const MetricInfo first = InfoOf(board, columns.front().metric);
  std::vector<MeasuredRow> rows = MeasureRows(board, first.name, level);
  SortRows(rows, first.higher_is_better);
  Table table = BoardTable(results, board, first, rows, level);
  AddLabels(table, rows);
  if (const std::string legend = Legend(board, columns); !legend.empty())
    table.facts.emplace_back("columns", legend);
  int expendable = 0;
  for (const MetricColumn& column : columns) {
    const MetricInfo metric = InfoOf(board, column.metric);
    const std::string& heading = column.heading.empty() ? column.metric : column.heading;
    AddColumn(
        table, InOrder(table, rows, metric, level),
        {.key = metric.name, .heading = heading, .unit = metric.unit, .expendable = expendable++},
        [](const MeasuredRow& row) { return TableCell(row.value); });
  }
  return table;
}

}  // namespace

std::vector<Table> MetricsLayout::Tables(const ResultSet& results,
                                         const LayoutOptions& options) const {
  std::vector<Table> tables;
  for (const Board& board : results.boards()) {
    if (!task_.empty() && board.task != task_) continue;
    if (!options.metric.empty() && !HasMetric(board, options.metric)) continue;
    const std::vector<MetricColumn> columns = Present(board, columns_, options.metric);
    if (!columns.empty()) tables.push_back(MetricsTable(results, board, columns, options.level));
  }
  return tables;
}

}  // namespace plasticity
