#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "reports/statistics/bayes.h"
#include "reports/statistics/bootstrap.h"
#include "reports/statistics/distributions.h"
#include "reports/statistics/family.h"
#include "reports/statistics/paired.h"
#include "reports/statistics/prediction_band.h"
#include "reports/statistics/ranks.h"
#include "reports/statistics/summary.h"
#include "suite/base/error.h"

namespace plasticity {
namespace {

using Values = std::vector<double>;

TEST_CASE("a sign-flip test of n pairs that all agree has p = 2 / 2^n") {
  for (int n = 1; n <= 12; ++n) {
    const Values differences(static_cast<std::size_t>(n), 0.25);
    CHECK(SignFlipTest(differences).two_sided == SmallestSignFlipP(n));
  }
}

TEST_CASE("how many seeds a claim needs is what the issue of claims says") {
  CHECK(PairsForClaim(1) == kSeedsForClaim);
  CHECK(PairsForClaim(26) == 11);
  CHECK(PairsForClaim(27 * 26 / 2) == 14);
}

TEST_CASE("drawn signs stand for all where there are too many") {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal(0.5, 1);
  Values few, many;
  for (int i = 0; i < 20; ++i) few.push_back(normal(random));
  many = few;
  while (many.size() < kMostExactPairs) many.push_back(0);  // zeros only double the counts
  CHECK(SignFlipTest(many).two_sided == SignFlipTest(few).two_sided);
  many.push_back(0);
  CHECK(SignFlipTest(many).two_sided == Approx(SignFlipTest(few).two_sided).margin(0.005));
}

TEST_CASE("under no difference, tests claim one as often as their level") {
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  int flips = 0, signed_ranks = 0, students = 0;
  constexpr int kTrials = 1000;
  for (int trial = 0; trial < kTrials; ++trial) {
    Values differences;
    for (int i = 0; i < 8; ++i) differences.push_back(normal(random));
    flips += SignFlipTest(differences).two_sided < 0.05;
    signed_ranks += WilcoxonTest(differences).p.two_sided < 0.05;
    students += PairedTTest(differences).p < 0.05;
  }
  for (const int claims : {flips, signed_ranks, students}) {
    CHECK(claims > 20);
    CHECK(claims < 80);
  }
}

TEST_CASE("intervals hold what they promise") {
  std::mt19937_64 random(7);
  std::exponential_distribution<double> skewed(1);
  int student = 0, bca = 0;
  constexpr int kTrials = 300;
  for (int trial = 0; trial < kTrials; ++trial) {
    Values sample;
    for (int i = 0; i < 40; ++i) sample.push_back(skewed(random));
    const StudentInterval interval = ConfidenceInterval(sample);
    student += std::abs(interval.mean - 1) <= interval.halfwidth;
    const auto indices = ResampleIndices(40, 400, static_cast<std::uint64_t>(trial) + 1);
    const Bootstrap found = BootstrapOf(sample, Mean, indices);
    bca += found.bca_low <= 1 && 1 <= found.bca_high;
  }
  CHECK(student > 0.88 * kTrials);
  CHECK(bca > 0.88 * kTrials);
}

TEST_CASE("the paired bootstrap over images agrees with its normal approximation") {
  std::vector<bool> a, b;
  for (int i = 0; i < 2000; ++i) {
    a.push_back(i % 10 != 0);  // 90 %
    b.push_back(i % 10 > 1);   // 80 %, wrong wherever a is
  }
  const Interval interval = AccuracyDifference(a, b);
  const double halfwidth = 1.96 * std::sqrt(0.1 * 0.9 / 2000);
  CHECK(interval.low == Approx(0.1 - halfwidth).margin(0.002));
  CHECK(interval.high == Approx(0.1 + halfwidth).margin(0.002));
  CHECK(McNemarTest(a, b).p_exact < 1e-50);
}

TEST_CASE("adjusted p-values keep their order, and Holm's are at most Bonferroni's") {
  const Values p = {0.04, 0.001, 0.03, 0.5, 0.002};
  const Values holm = Adjusted(p), bonferroni = Adjusted(p, Adjustment::kBonferroni);
  for (std::size_t i = 0; i < p.size(); ++i) {
    CHECK(holm[i] >= p[i]);
    CHECK(holm[i] <= bonferroni[i]);
    for (std::size_t j = 0; j < p.size(); ++j) {
      if (p[i] < p[j]) CHECK(holm[i] <= holm[j]);
    }
  }
  CHECK(Adjusted({}).empty());
  CHECK_THROWS_AS(Adjusted({1.5}), InputError);
}

TEST_CASE("ranks are means of ties, and bars span what is not told apart") {
  CHECK(MeanRanks({3, 1, 3, 2}) == Values{3.5, 1, 3.5, 2});
  CHECK(AverageRanks({{0.9, 0.8, 0.7}, {0.9, 0.8, 0.7}}) == Values{1, 2, 3});
  const auto groups = RankGroups({1, 2, 4, 4.5}, 1.5);
  REQUIRE(groups.size() == 2);
  CHECK(groups[0] == std::pair(0, 1));
  CHECK(groups[1] == std::pair(2, 3));
  CHECK(std::isinf(FriedmanTest({{3, 2, 1}, {3, 2, 1}, {3, 2, 1}}).f));
  CHECK_THROWS_AS(AverageRanks({{1, 2}, {1}}), InputError);
}

TEST_CASE("the studentized range of two values is a normal difference") {
  for (const double q : {0.5, 1.0, 3.0, 6.0}) {
    CHECK(StudentizedRangeTail(q, 2) == Approx(2 * NormalTail(q / std::sqrt(2.0))).epsilon(1e-10));
  }
  CHECK(StudentizedRangeTail(StudentizedRangeQuantile(0.95, 5), 5) == Approx(0.05));
}

TEST_CASE("practical equivalence is found where differences are small, and not where few") {
  const Values small = {0.001, -0.001, 0.002, 0.0, -0.002, 0.001, 0.0, -0.001};
  CHECK(EquivalenceTest(small, -0.005, 0.005).p < 0.001);
  CHECK(SignedRankTest(small, 0.005).equal > 0.99);
  CHECK(EquivalenceTest({0.001, -0.02}, -0.005, 0.005).p > 0.05);
}

TEST_CASE("a band holds a steady series and tells a fall") {
  const Values nights = {0.50, 0.51, 0.49, 0.505, 0.495, 0.50};
  const PredictionBand band = BandOf(nights, 0.99);
  CHECK_FALSE(band.Below(0.49));
  CHECK(band.Below(0.45));
  CHECK(BandOf({0.5, 0.5, 0.5}).Below(0.4999));
  CHECK(TrendOf({1, 2, 3, 4}).band.mean == Approx(5));
}

}  // namespace
}  // namespace plasticity
