#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace plasticity {

/// Probabilities that the second method is worse, practically equal, or better.
struct Practical {
  double left = 0;   ///< below -rope: the first is better
  double equal = 0;  ///< within the region of practical equivalence
  double right = 0;  ///< above rope: the second is better
};

/// The Bayesian signed-rank test (Benavoli et al. 2017) of differences y - x, with a pseudo-
/// observation 0 of weight `prior` in front: the shares for given Dirichlet weights of all n + 1.
Practical SignedRankShares(const std::vector<double>& differences, double rope,
                           const std::vector<double>& weights);

/// The mean of these shares under the posterior, in closed form.
Practical SignedRankMean(const std::vector<double>& differences, double rope, double prior = 0.5);

/// How often each share is the largest of the three, over `draws` of the posterior from `seed`.
Practical SignedRankTest(const std::vector<double>& differences, double rope, double prior = 0.5,
                         int draws = 50'000, std::uint64_t seed = 1);

/// The Bayesian sign test's Dirichlet parameters: counts below, within and above the rope, 0.0001
/// each, and one more for the rope (Benavoli et al. 2014).
std::array<double, 3> SignTestPosterior(const std::vector<double>& differences, double rope);

/// The Bayesian correlated t-test of differences y - x from cross-validation with `runs` runs
/// (Corani & Benavoli 2015; Nadeau & Bengio 2003's correction).
struct CorrelatedT {
  double mean = 0;
  double scale = 0;
  double degrees_of_freedom = 0;
  Practical p;
};
CorrelatedT CorrelatedTTest(const std::vector<double>& differences, double rope, int runs = 1);

}  // namespace plasticity
