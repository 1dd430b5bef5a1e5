#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reports/leaderboard.h"

namespace plasticity::internal {

/// A value of the board's metric: fractions in percent with one digit, others with four significant
/// digits.
std::string FormatValue(const LeaderboardBoard& board, double value);

/// The first and last four characters of a long hexadecimal digest; other text as it is.
std::string ShortDigest(const std::string& text);

/// Sorted seeds as "1-6" or "1-3, 7".
std::string SeedsText(const std::vector<std::int64_t>& seeds);

}  // namespace plasticity::internal
