#include "reports/statistics/paired.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <random>

#include "reports/statistics/distributions.h"
#include "reports/statistics/ranks.h"
#include "reports/statistics/summary.h"
#include "suite/base/error.h"

namespace plasticity {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

// Counts of sums as small, and as large, as the observed one.
struct Counts {
  double at_most = 0;
  double at_least = 0;
  double all = 0;

  void Add(double sum, double observed, double slack) {
    all += 1;
    at_most += sum <= observed + slack;
    at_least += sum >= observed - slack;
  }
};

PValues FromCounts(const Counts& counts) {
  PValues p;
  p.greater = counts.at_least / counts.all;
  p.less = counts.at_most / counts.all;
  p.two_sided = std::min(1.0, 2 * std::min(p.greater, p.less));
  return p;
}

// Sums of differences whose signs are flipped where a bit is set, eight at a time.
class SignSums {
 public:
  explicit SignSums(const std::vector<double>& differences)
      : groups_((differences.size() + 7) / 8) {
    for (std::size_t group = 0; group < groups_.size(); ++group) {
      const std::size_t first = 8 * group;
      const std::size_t count = std::min<std::size_t>(8, differences.size() - first);
      for (std::size_t signs = 0; signs < 256; ++signs) {
        double& sum = groups_[group][signs];
        for (std::size_t i = 0; i < count; ++i) {
          sum += (signs >> i & 1) != 0 ? -differences[first + i] : differences[first + i];
        }
      }
    }
  }

  std::size_t words() const { return (groups_.size() + 7) / 8; }
  // The sum under these signs, a bit each, in words().
  double Of(const std::uint64_t* signs) const {
    double sum = 0;
    for (std::size_t group = 0; group < groups_.size(); ++group) {
      sum += groups_[group][signs[group / 8] >> (8 * (group % 8)) & 255];
    }
    return sum;
  }

 private:
  std::vector<std::array<double, 256>> groups_;
};

// The sums under all signs, sorted: 2^n of them.
std::vector<double> SortedSums(const double* differences, std::size_t n) {
  std::vector<double> sums = {0}, more;
  for (std::size_t i = 0; i < n; ++i) {
    const double size = std::abs(differences[i]);
    more.resize(2 * sums.size());
    const auto below = [&](double sum) { return sum - size; };
    const auto above = [&](double sum) { return sum + size; };
    std::transform(sums.begin(), sums.end(), more.begin(), below);
    std::transform(sums.begin(), sums.end(), more.begin() + std::ssize(sums), above);
    std::inplace_merge(more.begin(), more.begin() + std::ssize(sums), more.end());
    sums.swap(more);
  }
  return sums;
}

// Every sum is one of the first half's and one of the second's: as one grows, the other's bound
// falls, so that 2^n sums are counted in 2^(n/2) steps (Horowitz & Sahni 1974).
Counts AllSigns(const std::vector<double>& differences, double observed, double slack) {
  const std::size_t half = differences.size() / 2;
  const std::vector<double> first = SortedSums(differences.data(), half),
                            second =
                                SortedSums(differences.data() + half, differences.size() - half);
  Counts counts;
  std::size_t at_most = second.size(), less = second.size();  // of `second`, beside a `first`
  for (const double sum : first) {
    while (at_most > 0 && sum + second[at_most - 1] > observed + slack) --at_most;
    while (less > 0 && sum + second[less - 1] >= observed - slack) --less;
    counts.at_most += static_cast<double>(at_most);
    counts.at_least += static_cast<double>(second.size() - less);
  }
  counts.all = std::ldexp(1.0, static_cast<int>(differences.size()));
  return counts;
}

Counts DrawnSigns(const std::vector<double>& differences, double observed, double slack) {
  constexpr int kDraws = 200'000;
  Counts counts;
  counts.Add(observed, observed, slack);
  const SignSums sums(differences);
  std::mt19937_64 random(2);
  std::vector<std::uint64_t> signs(sums.words());
  for (int draw = 0; draw < kDraws; ++draw) {
    for (std::uint64_t& word : signs) word = random();
    counts.Add(sums.Of(signs.data()), observed, slack);
  }
  return counts;
}

}  // namespace

std::vector<double> Differences(const std::vector<double>& x, const std::vector<double>& y) {
  if (x.empty() || x.size() != y.size()) throw InputError("a paired comparison needs pairs.");
  std::vector<double> differences;
  for (std::size_t i = 0; i < x.size(); ++i) differences.push_back(x[i] - y[i]);
  return differences;
}

PValues SignFlipTest(const std::vector<double>& differences) {
  if (differences.empty()) throw InputError("a sign-flip test needs at least one pair.");
  const double observed = std::accumulate(differences.begin(), differences.end(), 0.0);
  const double slack = 100 * kEpsilon * std::abs(observed);
  const bool exact = differences.size() <= kMostExactPairs;
  return FromCounts(exact ? AllSigns(differences, observed, slack)
                          : DrawnSigns(differences, observed, slack));
}

double SmallestSignFlipP(int pairs) { return pairs < 1 ? 1.0 : std::ldexp(2.0, -pairs); }

int PairsForClaim(int comparisons, double level) {
  int pairs = 1;
  while (comparisons * SmallestSignFlipP(pairs) >= level) ++pairs;
  return pairs;
}

SignedRank WilcoxonTest(const std::vector<double>& differences) {
  std::vector<double> sizes;
  std::vector<bool> above;
  for (const double difference : differences) {
    if (difference == 0) continue;
    sizes.push_back(std::abs(difference));
    above.push_back(difference > 0);
  }
  SignedRank test;
  if (sizes.empty()) return test;
  const std::vector<double> ranks = MeanRanks(sizes);
  std::vector<std::size_t> doubled;  // whole numbers, since ties make halves
  std::size_t total = 0;
  double squares = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    (above[i] ? test.ranks_above : test.ranks_below) += ranks[i];
    doubled.push_back(static_cast<std::size_t>(std::lround(2 * ranks[i])));
    total += doubled.back();
    squares += ranks[i] * ranks[i];
  }
  std::vector<double> share(total + 1, 0.0);  // of all signs, by twice the sum of ranks above
  share[0] = 1;
  for (const std::size_t rank : doubled) {
    for (std::size_t sum = total + 1; sum-- > 0;) {
      share[sum] = 0.5 * (share[sum] + (sum >= rank ? share[sum - rank] : 0.0));
    }
  }
  const auto observed = static_cast<std::size_t>(std::lround(2 * test.ranks_above));
  test.p.less = std::accumulate(share.begin(),
                                share.begin() + static_cast<std::ptrdiff_t>(observed) + 1, 0.0);
  test.p.greater =
      std::accumulate(share.begin() + static_cast<std::ptrdiff_t>(observed), share.end(), 0.0);
  test.p.two_sided = std::min(1.0, 2 * std::min(test.p.less, test.p.greater));
  const double mean = 0.5 * (test.ranks_above + test.ranks_below);
  const double z = (test.ranks_above - mean) / (0.5 * std::sqrt(squares));
  test.p_normal = 2 * NormalTail(std::abs(z));
  return test;
}

PairedT PairedTTest(const std::vector<double>& differences) {
  PairedT test;
  const double mean = Mean(differences);
  const double sd = SampleStandardDeviation(differences);
  const double n = static_cast<double>(differences.size());
  if (sd == 0) {
    test.p = mean == 0 ? 1 : 0;
    test.t = mean == 0 ? 0 : std::copysign(std::numeric_limits<double>::infinity(), mean);
    test.cohen_dz = test.t;
    return test;
  }
  test.cohen_dz = mean / sd;
  test.t = test.cohen_dz * std::sqrt(n);
  test.p = 2 * StudentTail(std::abs(test.t), n - 1);
  return test;
}

McNemar McNemarTest(const std::vector<bool>& a_right, const std::vector<bool>& b_right) {
  if (a_right.empty() || a_right.size() != b_right.size()) {
    throw InputError("McNemar's test needs the same images on both sides.");
  }
  McNemar test;
  for (std::size_t i = 0; i < a_right.size(); ++i) {
    (a_right[i] ? (b_right[i] ? test.both : test.only_a)
                : (b_right[i] ? test.only_b : test.neither)) += 1;
  }
  const int apart = test.only_a + test.only_b;
  if (apart == 0) return test;
  const int least = std::min(test.only_a, test.only_b);
  const double up_to = FairBinomial(least, apart);
  const double at = up_to - FairBinomial(least - 1, apart);
  test.p_exact = std::min(1.0, 2 * up_to);
  test.p_mid = std::min(1.0, 2 * up_to - at);
  const double gap = std::abs(test.only_a - test.only_b);
  test.chi_squared = gap * gap / apart;
  test.p_chi_squared = ChiSquaredTail(test.chi_squared, 1);
  test.chi_squared_corrected = (gap - 1) * (gap - 1) / apart;
  test.p_chi_squared_corrected = ChiSquaredTail(test.chi_squared_corrected, 1);
  return test;
}

Equivalence EquivalenceTest(const std::vector<double>& differences, double low, double high) {
  const double mean = Mean(differences);
  const double n = static_cast<double>(differences.size());
  const double error = SampleStandardDeviation(differences) / std::sqrt(n);
  Equivalence test;
  test.t_low = (mean - low) / error;
  test.t_high = (mean - high) / error;
  const auto tail = [&](double t) { return std::isnan(t) ? t : StudentTail(t, n - 1); };
  test.p_low = tail(test.t_low);
  test.p_high = tail(-test.t_high);
  test.p = std::isnan(test.p_low) || std::isnan(test.p_high)
               ? std::numeric_limits<double>::quiet_NaN()
               : std::max(test.p_low, test.p_high);
  const double halfwidth = StudentQuantile(0.95, n - 1) * error;
  test.interval_low = mean - halfwidth;
  test.interval_high = mean + halfwidth;
  return test;
}

}  // namespace plasticity
