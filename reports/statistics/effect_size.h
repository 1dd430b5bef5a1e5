#pragma once

#include <vector>

namespace plasticity {

/// Cliff's delta: P(X > Y) - P(X < Y) over all pairs (Cliff 1993).
double CliffsDelta(const std::vector<double>& x, const std::vector<double>& y);

/// Cohen's d of x over y with the pooled standard deviation; not a number where both are constant.
double CohensD(const std::vector<double>& x, const std::vector<double>& y);

/// Hedges' g: Cohen's d times 1 - 3 / (4 (n + m) - 9).
double HedgesG(const std::vector<double>& x, const std::vector<double>& y);

/// Cohen's d_av of pairs: the mean difference over the root of the mean variance.
double CohensDav(const std::vector<double>& x, const std::vector<double>& y);

/// The matched-pairs rank-biserial correlation (R+ - R-) / (R+ + R-), zeros dropped (Kerby 2014);
/// not a number where all are zero.
double RankBiserial(const std::vector<double>& differences);

/// Brunner and Munzel's test (2000) that neither of two samples tends to larger values. Where the
/// samples do not overlap w is infinite, p_t not a number, p_normal 0.
struct BrunnerMunzel {
  double w = 0;  ///< above zero where y tends to be larger
  double p_t = 1;
  double p_normal = 1;
};
BrunnerMunzel BrunnerMunzelTest(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace plasticity
