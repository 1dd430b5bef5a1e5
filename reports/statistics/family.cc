#include "reports/statistics/family.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "suite/base/error.h"

namespace plasticity {
namespace {

using Values = std::vector<double>;

// From the smallest p on: each at least as large as the one before.
void RunningMost(Values& sorted) {
  for (std::size_t i = 1; i < sorted.size(); ++i) sorted[i] = std::max(sorted[i], sorted[i - 1]);
}

// From the largest p down: each at most as large as the one behind it.
void RunningLeast(Values& sorted) {
  for (std::size_t i = sorted.size(); i-- > 1;) sorted[i - 1] = std::min(sorted[i - 1], sorted[i]);
}

// Hommel 1988, as Wright 1992 computes it.
Values Hommel(const Values& sorted) {
  const std::size_t m = sorted.size();
  Values adjusted = sorted;
  for (std::size_t size = m; size > 1; --size) {
    const double s = static_cast<double>(size);
    double least = 1;  // of the size - 1 largest p
    for (std::size_t i = 1; i < size; ++i) {
      least = std::min(least, s * sorted[m - size + i] / static_cast<double>(i + 1));
    }
    for (std::size_t i = 0; i < m; ++i) {
      const bool large = i > m - size;
      adjusted[i] = std::max(adjusted[i], large ? least : std::min(least, s * sorted[i]));
    }
  }
  return adjusted;
}

Values AdjustSorted(const Values& sorted, Adjustment how) {
  const double m = static_cast<double>(sorted.size());
  if (how == Adjustment::kHommel) return Hommel(sorted);
  Values adjusted = sorted;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const double place = static_cast<double>(i);
    switch (how) {
      case Adjustment::kHolm:
      case Adjustment::kHochberg:
        adjusted[i] *= m - place;
        break;
      case Adjustment::kBonferroni:
        adjusted[i] *= m;
        break;
      case Adjustment::kHolmSidak:
        adjusted[i] = -std::expm1((m - place) * std::log1p(-sorted[i]));
        break;
      case Adjustment::kFalseDiscovery:
        adjusted[i] *= m / (place + 1);
        break;
      case Adjustment::kHommel:
        break;
    }
  }
  const bool step_down = how == Adjustment::kHolm || how == Adjustment::kHolmSidak;
  if (step_down) RunningMost(adjusted);
  if (how == Adjustment::kHochberg || how == Adjustment::kFalseDiscovery) RunningLeast(adjusted);
  return adjusted;
}

}  // namespace

std::vector<double> Adjusted(const std::vector<double>& p, Adjustment how) {
  for (const double value : p) {
    if (!(value >= 0) || !(value <= 1)) throw InputError("a p-value lies between 0 and 1.");
  }
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  Values sorted;
  for (const std::size_t index : order) sorted.push_back(p[index]);
  const Values adjusted = AdjustSorted(sorted, how);
  Values result(p.size());
  for (std::size_t i = 0; i < order.size(); ++i) result[order[i]] = std::min(1.0, adjusted[i]);
  return result;
}

}  // namespace plasticity
