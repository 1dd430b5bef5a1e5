#include "reports/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "suite/base/error.h"

namespace plasticity {
namespace {

// ln(Gamma(a + 1/2) / Gamma(a)). The difference of two lgamma loses digits when a is large, so
// there the asymptotic series ln(a)/2 - sum_k (1 - 4^-k) B_2k / (k (2k - 1) a^(2k-1)) is used.
double LogGammaHalfStep(double a) {
  if (a < 10) return std::lgamma(a + 0.5) - std::lgamma(a);
  constexpr std::array<double, 7> kBernoulli = {1.0 / 6,  -1.0 / 30,     1.0 / 42, -1.0 / 30,
                                                5.0 / 66, -691.0 / 2730, 7.0 / 6};
  double sum = 0.5 * std::log(a);
  double power = a;       // a^(2k-1)
  double quarter = 0.25;  // 4^-k
  for (std::size_t i = 0; i < kBernoulli.size(); ++i) {
    const double k = static_cast<double>(i) + 1;
    sum -= (1 - quarter) * kBernoulli[i] / (k * (2 * k - 1) * power);
    power *= a * a;
    quarter *= 0.25;
  }
  return sum;
}

// ln B(a, b).
double LogBeta(double a, double b) {
  constexpr double kLogSqrtPi = 0.57236494292470008707;
  if (b == 0.5) return kLogSqrtPi - LogGammaHalfStep(a);
  if (a == 0.5) return kLogSqrtPi - LogGammaHalfStep(b);
  return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b);
}

// The continued fraction of I_x(a, b), by Lentz's method; converges fast for x < (a + 1)/(a + b +
// 2).
double BetaFraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  constexpr int kMaxSteps = 1'000'000;
  const auto nonzero = [](double v) { return std::abs(v) < kTiny ? kTiny : v; };
  double c = 1;
  double d = 1 / nonzero(1 - (a + b) * x / (a + 1));
  double value = d;
  for (int m = 1; m <= kMaxSteps; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonzero(1 + even * d);
    c = nonzero(1 + even / c);
    value *= c * d;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonzero(1 + odd * d);
    c = nonzero(1 + odd / c);
    const double step = c * d;
    value *= step;
    if (std::abs(step - 1) < 1e-16) break;
  }
  return value;
}

// I_x(a, b) and its complement I_(1-x)(b, a), each to full relative precision where it is the
// smaller. Takes both x and 1 - x and their logarithms, which the caller knows best.
struct BetaShares {
  double lower;
  double upper;
};
BetaShares IncompleteBeta(double a, double b, double x, double complement, double log_x,
                          double log_complement) {
  const double log_front = a * log_x + b * log_complement - LogBeta(a, b);
  if (x < (a + 1) / (a + b + 2)) {
    const double lower = std::exp(log_front) * BetaFraction(a, b, x) / a;
    return {lower, 1 - lower};
  }
  const double upper = std::exp(log_front) * BetaFraction(b, a, complement) / b;
  return {1 - upper, upper};
}

// P(|T| > t) and P(|T| < t) for t > 0.
BetaShares StudentShares(double t, double freedom) {
  const double ratio = t / freedom * t;  // t^2 / freedom
  const double log_x = -std::log1p(ratio);
  const double x = 1 / (1 + ratio);
  const double complement = ratio / (1 + ratio);
  return IncompleteBeta(freedom / 2, 0.5, x, complement, log_x, std::log(ratio) + log_x);
}

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

double RegularizedIncompleteBeta(double a, double b, double x) {
  if (!(a > 0) || !(b > 0) || !(x >= 0) || !(x <= 1)) {
    throw InputError("the incomplete beta function needs a, b > 0 and x from 0 to 1.");
  }
  if (x == 0 || x == 1) return x;
  return IncompleteBeta(a, b, x, 1 - x, std::log(x), std::log1p(-x)).lower;
}

double StudentQuantile(double probability, double degrees_of_freedom) {
  if (!(probability > 0) || !(probability < 1) || !(degrees_of_freedom > 0) ||
      !std::isfinite(degrees_of_freedom)) {
    throw InputError("Student's quantile needs 0 < probability < 1 and degrees of freedom > 0.");
  }
  if (probability == 0.5) return 0;
  const bool negative = probability < 0.5;
  const double outside = 2 * (negative ? probability : 1 - probability);  // P(|T| > t)
  const double inside = 2 * std::abs(probability - 0.5);                  // P(|T| < t)
  // The smaller of the two shares is matched, since it carries the digits. The sign tells whether t
  // is still too small.
  const auto too_small = [&](double t) {
    const BetaShares shares = StudentShares(t, degrees_of_freedom);
    return outside < inside ? shares.lower > outside : shares.upper < inside;
  };
  double low = 1;
  double high = 1;
  while (too_small(high) && high < std::numeric_limits<double>::max() / 4) high *= 2;
  while (!too_small(low) && low > std::numeric_limits<double>::min() * 4) low /= 2;
  // Bisection: some fifty evaluations, a microsecond each, and no case in which it can go astray.
  for (;;) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (too_small(middle) ? low : high) = middle;
  }
  const double t = low + (high - low) / 2;
  return negative ? -t : t;
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
