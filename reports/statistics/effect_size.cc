#include "reports/statistics/effect_size.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "reports/statistics/distributions.h"
#include "reports/statistics/paired.h"
#include "reports/statistics/ranks.h"
#include "reports/statistics/summary.h"

namespace plasticity {
namespace {

double Variance(const std::vector<double>& values) {
  const double sd = SampleStandardDeviation(values);
  return sd * sd;
}

// The variance of a sample's ranks among both less its ranks within itself.
double PlacementVariance(const std::vector<double>& among, const std::vector<double>& sample) {
  const std::vector<double> within = MeanRanks(sample);
  std::vector<double> placements;
  for (std::size_t i = 0; i < sample.size(); ++i) placements.push_back(among[i] - within[i]);
  return Variance(placements);
}

}  // namespace

double CliffsDelta(const std::vector<double>& x, const std::vector<double>& y) {
  return 2 * ProbabilityOfImprovement(x, y) - 1;
}

double CohensD(const std::vector<double>& x, const std::vector<double>& y) {
  const double n = static_cast<double>(x.size()), m = static_cast<double>(y.size());
  const double pooled = ((n - 1) * Variance(x) + (m - 1) * Variance(y)) / (n + m - 2);
  return (Mean(x) - Mean(y)) / std::sqrt(pooled);
}

double HedgesG(const std::vector<double>& x, const std::vector<double>& y) {
  return CohensD(x, y) * (1 - 3 / (4 * static_cast<double>(x.size() + y.size()) - 9));
}

double CohensDav(const std::vector<double>& x, const std::vector<double>& y) {
  return (Mean(x) - Mean(y)) / std::sqrt(0.5 * (Variance(x) + Variance(y)));
}

double RankBiserial(const std::vector<double>& differences) {
  const SignedRank ranks = WilcoxonTest(differences);
  return (ranks.ranks_above - ranks.ranks_below) / (ranks.ranks_above + ranks.ranks_below);
}

BrunnerMunzel BrunnerMunzelTest(const std::vector<double>& x, const std::vector<double>& y) {
  const double n = static_cast<double>(x.size()), m = static_cast<double>(y.size());
  std::vector<double> both = x;
  both.insert(both.end(), y.begin(), y.end());
  const std::vector<double> ranks = MeanRanks(both);
  const auto middle = ranks.begin() + static_cast<std::ptrdiff_t>(x.size());
  const std::vector<double> of_x(ranks.begin(), middle), of_y(middle, ranks.end());
  const double sx = n * PlacementVariance(of_x, x), sy = m * PlacementVariance(of_y, y);
  BrunnerMunzel test;
  test.w = n * m * (Mean(of_y) - Mean(of_x)) / ((n + m) * std::sqrt(sx + sy));
  const double freedom = (sx + sy) * (sx + sy) / (sx * sx / (n - 1) + sy * sy / (m - 1));
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  test.p_t = std::isfinite(test.w) ? 2 * StudentTail(std::abs(test.w), freedom) : kNan;
  test.p_normal = std::isnan(test.w) ? kNan : 2 * NormalTail(std::abs(test.w));
  return test;
}

}  // namespace plasticity
