#include "reports/measure.h"

#include <algorithm>
#include <cmath>

#include "reports/statistics/summary.h"
#include "reports/text_table.h"

namespace plasticity {
namespace {

Run MakeRun(const Result& cell, const CellValue& value) {
  Run run;
  run.run_id = cell.run_id;
  run.seed = cell.request.value("seed", std::int64_t{0});
  run.state = cell.state;
  run.reason = Printable(cell.reason);
  if (cell.state == "ok") run.value = value(cell, run.reason);
  return run;
}

std::optional<double> ValueOf(const Result& cell, const std::string& metric, std::string& reason) {
  const auto found = cell.metrics.find(metric);
  if (found == cell.metrics.end()) {
    reason = "the result has no " + metric;
  } else if (!found->second.value || !std::isfinite(*found->second.value)) {
    reason = found->second.reason.empty() ? "the value is not a finite number"
                                          : Printable(found->second.reason);
  } else {
    return found->second.value;
  }
  return std::nullopt;
}

std::optional<double> MeanOrNone(const std::vector<double>& values) {
  return values.empty() ? std::nullopt : std::optional<double>(Mean(values));
}

}  // namespace

MetricInfo InfoOf(const Board& board, const std::string& name) {
  const Result& sample = board.sample();
  MetricInfo info;
  info.name = name.empty() ? sample.headline : name;
  bool known = false;
  for (const Row& row : board.rows) {
    for (const Result* cell : row.all()) {
      const auto found = cell->metrics.find(info.name);
      if (found == cell->metrics.end()) continue;
      const Metric& metric = found->second;
      if (!known) {
        info.unit = metric.unit;
        info.higher_is_better = metric.higher_is_better;
        info.definition = Printable(metric.definition);
        known = true;
      }
      info.chance = metric.chance;  // an imported cell has none
      const auto chance = sample.dataset.find("chance");
      const bool accuracy = info.name.rfind("accuracy.", 0) == 0;
      if (!info.chance && accuracy && chance != sample.dataset.end() && chance->is_number()) {
        info.chance = chance->get<double>();  // version 1 kept no chance beside the metric
      }
      if (info.chance) return info;
    }
  }
  return info;
}

bool HasMetric(const Board& board, const std::string& metric) {
  bool any_ok = false;
  for (const Row& row : board.rows) {
    for (const Result* cell : row.all()) {
      if (cell->metrics.count(metric) > 0) return true;
      any_ok = any_ok || cell->state == "ok";
    }
  }
  return !any_ok;
}

Measured Measure(const Row& row, const CellValue& value, double level) {
  Measured measured;
  measured.level = level;
  std::vector<double> values;
  for (const Result* cell : row.cells) {
    Run run = MakeRun(*cell, value);
    measured.diverged += run.state == "diverged";
    measured.failed += run.state == "failed";
    measured.skipped += run.state == "skipped";
    measured.without_value += run.state == "ok" && !run.value;
    if (run.value) values.push_back(*run.value);
    measured.runs.push_back(std::move(run));
  }
  if (measured.lost() > 0 || measured.withdrawn()) return measured;
  measured.mean = Mean(values);
  if (values.size() >= 2) {
    const StudentInterval interval = ConfidenceInterval(values, level);
    measured.sd = interval.sd;
    measured.halfwidth = interval.halfwidth;
  }
  return measured;
}

Measured Measure(const Row& row, const std::string& metric, double level) {
  const auto value = [&](const Result& cell, std::string& reason) {
    return ValueOf(cell, metric, reason);
  };
  return Measure(row, value, level);
}

RowCost CostOf(const Row& row) {
  RowCost sum;
  std::vector<double> speeds;
  std::vector<double> walls;
  for (const Result* cell : row.cells) {
    if (cell->state != "ok") continue;
    const Cost& cost = cell->cost;
    sum.samples_seen = std::max(sum.samples_seen, cost.samples_seen);
    if (cost.peak_host_bytes) {
      sum.peak_host_bytes = std::max(sum.peak_host_bytes.value_or(0), *cost.peak_host_bytes);
    }
    if (cost.peak_device_bytes) {
      sum.peak_device_bytes = std::max(sum.peak_device_bytes.value_or(0), *cost.peak_device_bytes);
    }
    if (cost.images_per_s && std::isfinite(*cost.images_per_s)) {
      speeds.push_back(*cost.images_per_s);
    }
    const auto total = cost.wall_s.find("total");
    if (total != cost.wall_s.end() && std::isfinite(total->second)) walls.push_back(total->second);
  }
  sum.images_per_s = MeanOrNone(speeds);
  sum.wall_total_s = MeanOrNone(walls);
  return sum;
}

std::optional<double> MeanOfCells(
    const Row& row, const std::function<std::optional<double>(const Result&)>& value) {
  std::vector<double> values;
  for (const Result* cell : row.cells) {
    if (cell->state != "ok") continue;
    if (const std::optional<double> one = value(*cell)) values.push_back(*one);
  }
  return MeanOrNone(values);
}

std::optional<double> MeanCost(const Row& row,
                               const std::function<std::optional<double>(const Cost&)>& value) {
  return MeanOfCells(row, [&](const Result& cell) { return value(cell.cost); });
}

}  // namespace plasticity
