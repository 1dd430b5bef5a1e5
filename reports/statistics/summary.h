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

/// The mean of what is left when floor(share n) values are dropped at each end. Throws InputError
/// for no values or a share outside [0, 0.5).
double TrimmedMean(std::vector<double> values, double share);

/// The interquartile mean: TrimmedMean of a quarter (Agarwal et al. 2021, rliable).
double InterquartileMean(const std::vector<double>& values);

/// The middle value, or the mean of both. Throws InputError for no values.
double Median(std::vector<double> values);

/// The quantile by linear interpolation, h = (n - 1) p. `sorted` is ascending and not empty.
double SortedQuantile(const std::vector<double>& sorted, double probability);

/// How far the mean of values cut off at `goal` stays below it (Agarwal et al. 2021).
double OptimalityGap(const std::vector<double>& values, double goal);

/// The share of values above `threshold`: a point of a performance profile (Dolan & More 2002).
double ShareAbove(const std::vector<double>& values, double threshold);

/// P(X > Y) + P(X = Y) / 2 over all pairs: probability of improvement on one task, Vargha and
/// Delaney's A12. Throws InputError for no values.
double ProbabilityOfImprovement(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace plasticity
