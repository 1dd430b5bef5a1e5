#include "tasks/metrics/judged.h"

namespace plasticity {

std::vector<MetricInfo> JudgedMetrics(const std::vector<std::string>& splits) {
  std::vector<MetricInfo> metrics;
  for (const std::string& split : splits) {
    metrics.push_back(
        {.name = "accuracy." + split,
         .unit = "fraction",
         .definition = "share of the " + split + " images whose highest score is their label's"});
    metrics.push_back({.name = "accuracy.top5." + split,
                       .unit = "fraction",
                       .definition = "share of the " + split +
                                     " images whose label is among the five highest scores"});
    metrics.push_back({.name = "calibration." + split,
                       .unit = "fraction",
                       .definition = "expected calibration error over the " + split +
                                     " images: mean gap between confidence and accuracy, 15 equal "
                                     "bins (Guo et al. 2017)",
                       .higher_is_better = false});
  }
  return metrics;
}

}  // namespace plasticity
