#pragma once

#include <vector>

namespace plasticity {

/// x - y, pair by pair. Throws InputError for none, or different numbers.
std::vector<double> Differences(const std::vector<double>& x, const std::vector<double>& y);

/// p of a test in each direction.
struct PValues {
  double two_sided = 1;
  double greater = 1;  ///< small where x is above y
  double less = 1;
};

/// The exact sign-flip test of the mean difference: all 2^n signs alike, the given ones among them
/// (Fisher 1935). Beyond kMostExactPairs pairs 200,000 drawn signs, always the same ones, stand for
/// all, and the given ones are counted once more (Phipson & Smyth 2010). Means within 100 epsilon
/// of the observed one count as equal to it.
PValues SignFlipTest(const std::vector<double>& differences);

/// The most pairs of which all signs are tried.
inline constexpr int kMostExactPairs = 40;

/// The smallest two-sided p that an exact sign-flip test of n pairs can give: 2 / 2^n, 1 at most.
double SmallestSignFlipP(int pairs);

/// The least number of pairs with which the smallest of `comparisons` Holm-adjusted p of sign-flip
/// tests can fall below `level`: 2 comparisons / 2^n < level.
int PairsForClaim(int comparisons, double level = 0.05);

/// The least number of paired seeds whose exact sign-flip test can reach p < 0.05.
inline constexpr int kSeedsForClaim = 6;

/// Wilcoxon's signed-rank test, exact (Wilcoxon 1945): zeros are dropped, ties share mean ranks and
/// are counted as they are.
struct SignedRank {
  double ranks_above = 0;  ///< sum of ranks of positive differences
  double ranks_below = 0;
  PValues p;
  double p_normal = 1;  ///< two-sided, normal approximation without continuity correction
};
SignedRank WilcoxonTest(const std::vector<double>& differences);

/// Student's paired t-test, two-sided. Throws InputError for fewer than two pairs; where all
/// differences are equal, p is 0 (or 1 where they are zero).
struct PairedT {
  double t = 0;
  double p = 1;
  double cohen_dz = 0;  ///< mean over standard deviation of the differences
};
PairedT PairedTTest(const std::vector<double>& differences);

/// McNemar's test of two classifiers on the same images (McNemar 1947; exact and mid-p: Fagerland
/// et al. 2013). Chi-squared has no value where no image tells them apart.
struct McNemar {
  int both = 0;
  int only_a = 0;
  int only_b = 0;
  int neither = 0;
  double p_exact = 1;
  double p_mid = 1;
  double chi_squared = 0;  ///< without continuity correction
  double p_chi_squared = 1;
  double chi_squared_corrected = 0;  ///< (|b - c| - 1)^2 / (b + c)
  double p_chi_squared_corrected = 1;
};
McNemar McNemarTest(const std::vector<bool>& a_right, const std::vector<bool>& b_right);

/// Two one-sided t-tests of whether the mean difference lies between `low` and `high` (Schuirmann
/// 1987).
struct Equivalence {
  double p = 1;  ///< the larger of both; not a number where sd is 0 and the mean on a margin
  double t_low = 0;
  double p_low = 1;
  double t_high = 0;
  double p_high = 1;
  double interval_low = 0;  ///< of the 90 % interval
  double interval_high = 0;
};
Equivalence EquivalenceTest(const std::vector<double>& differences, double low, double high);

}  // namespace plasticity
