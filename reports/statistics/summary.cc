#include "reports/statistics/summary.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "suite/base/error.h"

namespace plasticity {
namespace {

void CheckFinite(const std::vector<double>& values) {
  for (const double value : values) {
    if (!std::isfinite(value)) throw InputError("statistics need finite values.");
  }
}

}  // namespace

double Mean(const std::vector<double>& values) {
  if (values.empty()) throw InputError("a mean needs at least one value.");
  // Summed as deviations from the first value, so that equal values have exactly that mean.
  double sum = 0;
  for (const double value : values) sum += value - values.front();
  return values.front() + sum / static_cast<double>(values.size());
}

double SampleStandardDeviation(const std::vector<double>& values) {
  if (values.size() < 2) throw InputError("a standard deviation needs at least two values.");
  const double mean = Mean(values);
  double squares = 0;
  double rest = 0;  // what rounding left in the mean
  for (const double value : values) {
    squares += (value - mean) * (value - mean);
    rest += value - mean;
  }
  const double n = static_cast<double>(values.size());
  return std::sqrt(std::max(0.0, squares - rest * rest / n) / (n - 1));
}

double StudentQuantile(double probability, double degrees_of_freedom) {
  if (!(probability > 0) || !(probability < 1) || !(degrees_of_freedom > 0) ||
      !std::isfinite(degrees_of_freedom)) {
    throw InputError("Student's quantile needs 0 < probability < 1 and degrees of freedom > 0.");
  }
  return boost::math::quantile(boost::math::students_t(degrees_of_freedom), probability);
}

StudentInterval ConfidenceInterval(const std::vector<double>& values, double level) {
  if (values.size() < 2) throw InputError("a confidence interval needs at least two values.");
  if (!(level > 0) || !(level < 1)) {
    throw InputError("a confidence level lies between 0 and 1, such as 0.95.");
  }
  CheckFinite(values);
  StudentInterval interval;
  interval.n = static_cast<int>(values.size());
  interval.level = level;
  interval.mean = Mean(values);
  interval.sd = SampleStandardDeviation(values);
  interval.sem = interval.sd / std::sqrt(static_cast<double>(values.size()));
  interval.t = StudentQuantile(0.5 + level / 2, static_cast<double>(values.size()) - 1);
  interval.halfwidth = interval.t * interval.sem;
  return interval;
}

double TrimmedMean(std::vector<double> values, double share) {
  if (!(share >= 0) || !(share < 0.5)) throw InputError("a trimmed mean drops less than half.");
  const std::size_t drop = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  std::sort(values.begin(), values.end());
  return Mean({values.begin() + static_cast<std::ptrdiff_t>(drop),
               values.end() - static_cast<std::ptrdiff_t>(drop)});
}

double InterquartileMean(const std::vector<double>& values) { return TrimmedMean(values, 0.25); }

double Median(std::vector<double> values) {
  if (values.empty()) throw InputError("a median needs at least one value.");
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : 0.5 * (values[half - 1] + values[half]);
}

double SortedQuantile(const std::vector<double>& sorted, double probability) {
  const double place = probability * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double share = place - static_cast<double>(below);
  return sorted[below] + share * (sorted[above] - sorted[below]);
}

double OptimalityGap(const std::vector<double>& values, double goal) {
  std::vector<double> cut = values;
  for (double& value : cut) value = std::min(value, goal);
  return goal - Mean(cut);
}

double ShareAbove(const std::vector<double>& values, double threshold) {
  if (values.empty()) throw InputError("a share needs at least one value.");
  const auto above =
      std::count_if(values.begin(), values.end(), [&](double value) { return value > threshold; });
  return static_cast<double>(above) / static_cast<double>(values.size());
}

double ProbabilityOfImprovement(const std::vector<double>& x, const std::vector<double>& y) {
  if (x.empty() || y.empty()) throw InputError("a comparison needs values on both sides.");
  double wins = 0;
  for (const double a : x) {
    for (const double b : y) wins += a > b ? 1 : a == b ? 0.5 : 0;
  }
  return wins / static_cast<double>(x.size() * y.size());
}

}  // namespace plasticity
