#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/measure.h"
#include "reports/result_set.h"
#include "reports/table.h"

namespace plasticity {

/// A row and what was measured of it.
struct MeasuredRow {
  const Row* row = nullptr;
  Measured value;
};

/// "test accuracy", or the metric's name.
std::string MetricInWords(const std::string& metric);

/// All rows of the board by one metric.
std::vector<MeasuredRow> MeasureRows(const Board& board, const std::string& metric, double level);

/// Marks the best of a column by mean, baselines aside, and the second; with them as best what is
/// not significantly worse (paired sign-flip tests over common seeds, Holm), where there are seeds
/// enough for the test to tell anything. Says so in table.marks.
void MarkBest(Table& table, std::vector<MeasuredRow>& rows, bool higher_is_better);

/// A run's value by seed, of runs that have one.
std::map<std::int64_t, double> ValuesBySeed(const Measured& measured);

/// The values of seeds that both have: of the first, and of the second.
std::pair<std::vector<double>, std::vector<double>> Paired(const Measured& a, const Measured& b);

/// McNemar's exact two-sided p over the images whose accuracy the metric is, the largest of all
/// common seeds: a difference that holds in each of them. None where there is no common seed, a
/// cell has no predictions, or the metric is no accuracy of them.
std::optional<double> ImagesP(const Row& row, const Row& reference, const std::string& metric);

/// Sorts best first, rows without a mean last, equal ones by label.
void SortRows(std::vector<MeasuredRow>& rows, bool higher_is_better);

/// "3 results; seeds 1-3; AMD EPYC, 1 thread; plasticity 0.1.0, commit 1f2e3d4."
std::string ProvenanceOf(const Board& board);

/// The seeds of a row's cells, and which were withdrawn: "1-3, 5 (4 withdrawn)".
std::string SeedsOf(const Row& row);

/// A table's row without cells: what it is, and whether it is a baseline.
TableRow HeadOf(const Row& row);

/// A table of these rows of the board, yet without columns: what it says about itself is said by
/// `metric`.
Table BoardTable(const ResultSet& results, const Board& board, const MetricInfo& metric,
                 const std::vector<MeasuredRow>& rows, double level);

/// The table's title with what its board was run on, which tells it from others of its task and
/// data: "classification on cifar10, test accuracy (sphere-cnn x 0.25, linear, float32)".
std::string FullTitle(const Table& table);

/// Adds a column with a cell that `cell` makes of each row.
template <typename MakeCell>
void AddColumn(Table& table, const std::vector<MeasuredRow>& rows, Column column, MakeCell cell) {
  table.columns.push_back(std::move(column));
  for (std::size_t i = 0; i < rows.size(); ++i) table.rows[i].cells.push_back(cell(rows[i]));
}

/// Adds the column of the rows' labels.
void AddLabels(Table& table, const std::vector<MeasuredRow>& rows);

/// A cell with the value, or an empty one.
template <typename Value>
TableCell NumberOrNothing(const std::optional<Value>& value) {
  if (!value) return {};
  return Number{static_cast<double>(*value)};
}

}  // namespace plasticity
