#include "reports/statistics.h"

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

double SmallestSignFlipP(int pairs) { return pairs < 1 ? 1.0 : std::ldexp(2.0, -pairs); }

}  // namespace plasticity
