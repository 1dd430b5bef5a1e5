#pragma once

#include <vector>

namespace plasticity {

/// The arithmetic mean. Throws InputError for no values.
double Mean(const std::vector<double>& values);

/// The sample standard deviation (n - 1). Throws InputError for fewer than two values.
double SampleStandardDeviation(const std::vector<double>& values);

/// The quantile of Student's t distribution: P(T <= t) = probability, with 0 < probability < 1 and
/// any real degrees_of_freedom > 0. Error below 1e-13 + 1e-10 |t|.
double StudentQuantile(double probability, double degrees_of_freedom);

/// Mean and two-sided Student confidence interval of independent values.
struct StudentInterval {
  int n = 0;
  double level = 0;  ///< 0.95: the interval covers the true mean in 95 % of repetitions
  double mean = 0;
  double sd = 0;         ///< sample standard deviation, n - 1
  double sem = 0;        ///< sd / sqrt(n)
  double t = 0;          ///< Student's quantile at (1 + level) / 2 with n - 1 degrees of freedom
  double halfwidth = 0;  ///< t * sem; the interval is mean - halfwidth to mean + halfwidth
};

/// The interval of `values`. Throws InputError for fewer than two values, one that is not finite,
/// or a level outside (0, 1).
StudentInterval ConfidenceInterval(const std::vector<double>& values, double level = 0.95);

/// The smallest two-sided p that an exact sign-flip test of n pairs can give: 2 / 2^n, 1 at most.
double SmallestSignFlipP(int pairs);

/// The least number of paired seeds whose exact sign-flip test can reach p < 0.05.
inline constexpr int kSeedsForClaim = 6;

}  // namespace plasticity
