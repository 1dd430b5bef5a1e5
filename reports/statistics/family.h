#pragma once

#include <vector>

namespace plasticity {

/// How p-values of one family of tests are adjusted, so that one false claim among all stays as
/// rare as one test's (or, of false-discovery rate, few of the claims are false).
enum class Adjustment {
  kHolm,           ///< Holm 1979: the default; holds always
  kBonferroni,     ///< p times their number
  kHolmSidak,      ///< Sidak's step-down; for independent tests
  kHochberg,       ///< Hochberg 1988 (Simes); step-up, for independent or positively dependent ones
  kHommel,         ///< Hommel 1988
  kFalseDiscovery  ///< Benjamini & Hochberg 1995
};

/// The adjusted p-values, in the order of `p`, 1 at most. Throws InputError for one outside [0, 1].
std::vector<double> Adjusted(const std::vector<double>& p, Adjustment how = Adjustment::kHolm);

}  // namespace plasticity
