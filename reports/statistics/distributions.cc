#include "reports/statistics/distributions.h"

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <cstdint>

#include "suite/base/error.h"

namespace plasticity {
namespace {

namespace bm = boost::math;

void CheckProbability(double probability) {
  if (!(probability > 0) || !(probability < 1)) {
    throw InputError("a quantile needs a probability between 0 and 1.");
  }
}

}  // namespace

double NormalTail(double z) { return 0.5 * std::erfc(z / std::sqrt(2.0)); }

double NormalQuantile(double probability) {
  CheckProbability(probability);
  return bm::quantile(bm::normal(), probability);
}

double StudentTail(double t, double degrees_of_freedom) {
  if (std::isinf(t)) return t > 0 ? 0 : 1;
  return bm::cdf(bm::complement(bm::students_t(degrees_of_freedom), t));
}

double FisherTail(double f, double numerator, double denominator) {
  if (std::isinf(f)) return 0;
  return bm::cdf(bm::complement(bm::fisher_f(numerator, denominator), f));
}

double ChiSquaredTail(double x, double degrees_of_freedom) {
  return bm::cdf(bm::complement(bm::chi_squared(degrees_of_freedom), x));
}

double FairBinomial(int k, int n) {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return bm::cdf(bm::binomial(n, 0.5), k);
}

double StudentizedRangeTail(double q, int count) {
  if (count < 2) throw InputError("a studentized range needs at least two values.");
  if (!(q > 0)) return 1;
  // P(range <= q) = k int phi(x) (Phi(x + q) - Phi(x))^(k-1) dx over the least value x. The tail is
  // the integral of 1 less that power, so that small tails keep their digits.
  const double k = count;
  const auto integrand = [&](double x) {
    const double density = std::exp(-0.5 * x * x) / std::sqrt(2 * M_PI);
    const double all = NormalTail(x);        // P(Z > x)
    const double above = NormalTail(x + q);  // P(Z > x + q)
    if (all <= 0) return 0.0;
    // k phi(x) (all^(k-1) - (all - above)^(k-1)): the least is x, and not all others are near.
    const double others = k - 1;
    const double difference =
        std::pow(all, others) * -std::expm1(others * std::log1p(-above / all));
    return k * density * difference;
  };
  constexpr double kFar = 38;  // beyond, densities are 0 in a double
  double tail = 0;
  for (double left = -kFar; left < kFar; left += 1) {
    tail +=
        bm::quadrature::gauss_kronrod<double, 31>::integrate(integrand, left, left + 1, 5, 1e-13);
  }
  return std::min(1.0, tail);
}

double StudentizedRangeQuantile(double probability, int count) {
  CheckProbability(probability);
  const auto off = [&](double q) { return StudentizedRangeTail(q, count) - (1 - probability); };
  std::uintmax_t most = 100;
  const auto [low, high] =
      bm::tools::toms748_solve(off, 1e-6, 40.0, bm::tools::eps_tolerance<double>(45), most);
  return 0.5 * (low + high);
}

}  // namespace plasticity
