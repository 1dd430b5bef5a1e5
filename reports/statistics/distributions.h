#pragma once

namespace plasticity {

/// P(Z > z) of the standard normal distribution, accurate in the far tail.
double NormalTail(double z);

/// The standard normal quantile: P(Z <= z) = probability. Throws InputError outside (0, 1).
double NormalQuantile(double probability);

/// P(T > t) of Student's t distribution, any real degrees of freedom > 0.
double StudentTail(double t, double degrees_of_freedom);

/// P(F > f) of the F distribution. An infinite f has tail 0.
double FisherTail(double f, double numerator, double denominator);

/// P(X > x) of the chi-squared distribution.
double ChiSquaredTail(double x, double degrees_of_freedom);

/// P(X <= k) of the binomial distribution with n draws of probability 1/2.
double FairBinomial(int k, int n);

/// P(Q > q) of the studentized range of `count` >= 2 standard normal values (infinite degrees of
/// freedom), by quadrature.
double StudentizedRangeTail(double q, int count);

/// Where StudentizedRangeTail is 1 - probability.
double StudentizedRangeQuantile(double probability, int count);

}  // namespace plasticity
