#include "reports/layouts/metrics_layout.h"

#include <algorithm>

#include "reports/board_text.h"

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

// The columns whose metric some cell of the board has; one asked for goes before them.
std::vector<MetricColumn> Present(const Board& board, const std::vector<MetricColumn>& columns,
                                  const std::string& asked) {
  std::vector<MetricColumn> present;
  if (!asked.empty()) present.push_back({asked, ""});
  for (const MetricColumn& column : columns) {
    if (column.metric != asked && HasMetric(board, column.metric)) present.push_back(column);
  }
  return present;
}

Table MetricsTable(const ResultSet& results, const Board& board,
                   const std::vector<MetricColumn>& columns, double level) {
  const MetricInfo first = InfoOf(board, columns.front().metric);
  std::vector<MeasuredRow> rows = MeasureRows(board, first.name, level);
  SortRows(rows, first.higher_is_better);
  Table table = BoardTable(results, board, first, rows, level);
  AddLabels(table, rows);
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
