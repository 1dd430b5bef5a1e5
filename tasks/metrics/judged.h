#pragma once

#include <string>
#include <vector>

#include "suite/task.h"

namespace plasticity {

/// The metrics that Recorder::Judged records for each of these splits; the first split's accuracy
/// leads.
std::vector<MetricInfo> JudgedMetrics(const std::vector<std::string>& splits);

}  // namespace plasticity
