#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "reports/result_set.h"

namespace plasticity {

/// What a metric is.
struct MetricInfo {
  std::string name;  ///< "accuracy.test"
  std::string unit = "fraction";
  bool higher_is_better = true;
  std::string definition;        ///< one sentence; empty where no Result has one
  std::optional<double> chance;  ///< the metric's value of guessing
};

/// What the board's cells say of a metric; `name` empty: of the task's headline.
MetricInfo InfoOf(const Board& board, const std::string& name = "");

/// Whether any cell of the board has the metric, or none is ok.
bool HasMetric(const Board& board, const std::string& metric);

/// One cell of a row, as one metric sees it.
struct Run {
  std::string run_id;
  std::int64_t seed = 0;
  std::string state;            ///< as in Result; "ok" also where the metric has no value
  std::string reason;           ///< why there is no value
  std::optional<double> value;  ///< of the metric
};

/// A metric over a row's seeds.
struct Measured {
  std::vector<Run> runs;  ///< of cells that count, by seed
  int diverged = 0;
  int failed = 0;
  int skipped = 0;                  ///< could not be carried out, and no failure
  int without_value = 0;            ///< cells that are ok but have no value of the metric
  std::optional<double> mean;       ///< none where a seed was lost, which would flatter the row
  std::optional<double> sd;         ///< sample standard deviation; none for one seed
  std::optional<double> halfwidth;  ///< of the confidence interval (Student's t); none for one seed
  double level = 0.95;              ///< of that interval
  bool best = false;                ///< of its column, together with what is not told apart from it
  bool second = false;              ///< behind the best, by mean

  /// How many cells have no value that counts.
  int lost() const { return diverged + failed + skipped + without_value; }
  /// Whether all that was measured was withdrawn.
  bool withdrawn() const { return runs.empty(); }
  /// Whether the whole row could not be carried out.
  bool all_skipped() const { return skipped > 0 && skipped == static_cast<int>(runs.size()); }
};

/// A value of a cell that is ok; none, and then a reason.
using CellValue = std::function<std::optional<double>(const Result& cell, std::string& reason)>;

/// What `value` says of the row's cells, over the seeds.
Measured Measure(const Row& row, const CellValue& value, double level = 0.95);
/// `metric` over the row's seeds.
Measured Measure(const Row& row, const std::string& metric, double level = 0.95);

/// What the row's cells that are ok cost.
struct RowCost {
  std::optional<double> images_per_s;             ///< mean over the seeds
  std::optional<double> wall_total_s;             ///< wall time of a cell, mean over the seeds
  std::int64_t samples_seen = 0;                  ///< most of any seed
  std::optional<std::int64_t> peak_host_bytes;    ///< largest of any seed; none: not measured
  std::optional<std::int64_t> peak_device_bytes;  ///< likewise
};

/// The row's cost.
RowCost CostOf(const Row& row);

/// The mean of what `value` says of the row's cells that are ok; none where it says nothing of any.
std::optional<double> MeanOfCells(const Row& row,
                                  const std::function<std::optional<double>(const Result&)>& value);
/// The same of what they cost.
std::optional<double> MeanCost(const Row& row,
                               const std::function<std::optional<double>(const Cost&)>& value);

}  // namespace plasticity
