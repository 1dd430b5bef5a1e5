#pragma once

#include <string>
#include <vector>

#include "reports/layout.h"

namespace plasticity {

/// One column of a MetricsLayout.
struct MetricColumn {
  std::string metric;   ///< "accuracy.transfer"; "accuracy.labels.*" is all that begin so
  std::string heading;  ///< "transfer", "* %"; "" for the metric's name
};

/// Each board of one task with several of its metrics side by side, sorted by the first. A layout
/// of a task is this with its metrics named.
class MetricsLayout : public Layout {
 public:
  /// `task` "" is any. A metric that no cell of a board has gets no column there.
  MetricsLayout(std::string task, std::vector<MetricColumn> columns)
      : task_(std::move(task)), columns_(std::move(columns)) {}

  std::vector<Table> Tables(const ResultSet& results, const LayoutOptions& options) const override;

 private:
  std::string task_;
  std::vector<MetricColumn> columns_;
};

}  // namespace plasticity
