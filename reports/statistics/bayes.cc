#include "reports/statistics/bayes.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "reports/statistics/distributions.h"
#include "reports/statistics/summary.h"
#include "suite/base/error.h"

namespace plasticity {
namespace {

double Half(double value) { return value > 0 ? 1 : value == 0 ? 0.5 : 0; }

// The differences behind the pseudo-observation.
std::vector<double> WithZero(const std::vector<double>& differences) {
  if (differences.empty()) throw InputError("a Bayesian test needs at least one pair.");
  std::vector<double> all = {0.0};
  all.insert(all.end(), differences.begin(), differences.end());
  return all;
}

// Shares from the weight of each ordered pair.
template <typename PairWeight>
Practical Shares(const std::vector<double>& all, double rope, PairWeight weight) {
  Practical shares;
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < all.size(); ++j) {
      const double sum = all[i] + all[j];
      shares.right += weight(i, j) * Half(sum - 2 * rope);
      shares.left += weight(i, j) * Half(-sum - 2 * rope);
    }
  }
  if (rope == 0) shares.left = 1 - shares.right;
  shares.equal = rope == 0 ? 0 : 1 - shares.left - shares.right;
  return shares;
}

}  // namespace

Practical SignedRankShares(const std::vector<double>& differences, double rope,
                           const std::vector<double>& weights) {
  const std::vector<double> all = WithZero(differences);
  if (weights.size() != all.size()) throw InputError("a weight is missing.");
  return Shares(all, rope, [&](std::size_t i, std::size_t j) { return weights[i] * weights[j]; });
}

Practical SignedRankMean(const std::vector<double>& differences, double rope, double prior) {
  const std::vector<double> all = WithZero(differences);
  const auto alpha = [&](std::size_t i) { return i == 0 ? prior : 1.0; };
  const double sum = prior + static_cast<double>(differences.size());
  return Shares(all, rope, [&](std::size_t i, std::size_t j) {
    return (alpha(i) * alpha(j) + (i == j ? alpha(i) : 0)) / (sum * (sum + 1));
  });
}

Practical SignedRankTest(const std::vector<double>& differences, double rope, double prior,
                         int draws, std::uint64_t seed) {
  const std::vector<double> all = WithZero(differences);
  std::mt19937_64 random(seed);
  std::gamma_distribution<double> first(prior, 1), others(1, 1);
  Practical wins;
  std::vector<double> weights(all.size());
  for (int draw = 0; draw < draws; ++draw) {
    double sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      weights[i] = i == 0 ? first(random) : others(random);
      sum += weights[i];
    }
    for (double& weight : weights) weight /= sum;
    const Practical shares = SignedRankShares(differences, rope, weights);
    const double most = std::max({shares.left, shares.equal, shares.right});
    (most == shares.left ? wins.left : most == shares.equal ? wins.equal : wins.right) += 1;
  }
  return {wins.left / draws, wins.equal / draws, wins.right / draws};
}

std::array<double, 3> SignTestPosterior(const std::vector<double>& differences, double rope) {
  std::array<double, 3> alpha = {1e-4, 1 + 1e-4, 1e-4};
  for (const double difference : differences) {
    alpha[difference < -rope ? 0 : difference > rope ? 2 : 1] += 1;
  }
  return alpha;
}

CorrelatedT CorrelatedTTest(const std::vector<double>& differences, double rope, int runs) {
  CorrelatedT test;
  const double n = static_cast<double>(differences.size());
  test.mean = Mean(differences);
  const double sd = SampleStandardDeviation(differences);
  test.degrees_of_freedom = n - 1;
  test.scale = sd * std::sqrt(1 / n + 1 / (n / runs - 1));
  if (test.scale == 0) {
    const bool within = rope > 0 && std::abs(test.mean) <= rope;
    test.p.equal = within ? 1 : 0;
    test.p.right = within ? 0 : Half(test.mean);
    test.p.left = within ? 0 : 1 - test.p.right;
    return test;
  }
  test.p.left = StudentTail((test.mean + rope) / test.scale, test.degrees_of_freedom);
  test.p.right = StudentTail((rope - test.mean) / test.scale, test.degrees_of_freedom);
  test.p.equal = rope == 0 ? 0 : 1 - test.p.left - test.p.right;
  return test;
}

}  // namespace plasticity
