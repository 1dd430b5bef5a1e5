#include "reports/looks.h"

#include <algorithm>
#include <cmath>

namespace plasticity {

std::map<double, double> LooksOf(const Result& result) {
  std::map<double, double> looks;
  const auto images = result.records.find("look.images");
  const auto accuracies = result.records.find("look.accuracy");
  if (images == result.records.end() || accuracies == result.records.end()) return looks;
  const std::vector<double> at = images->second.values.flat();
  const std::vector<double> reached = accuracies->second.values.flat();
  for (std::size_t i = 0; i < std::min(at.size(), reached.size()); ++i) {
    if (std::isfinite(at[i]) && std::isfinite(reached[i])) looks[at[i]] = reached[i];
  }
  return looks;
}

}  // namespace plasticity
