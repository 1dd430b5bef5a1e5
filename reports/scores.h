#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/result_set.h"
#include "reports/statistics/bootstrap.h"
#include "reports/statistics/ranks.h"

namespace plasticity {

/// A board's values of a metric as scores: 0 is the best floor row's mean, 1 the best ceiling
/// row's.
struct ScoredBoard {
  const Board* board = nullptr;
  /// By the names of a row's parts, whatever their parameters, and by seed.
  std::map<std::string, std::map<std::int64_t, double>> scores;
};

/// The boards that score, with the rows and seeds that all of them have.
struct Scores {
  std::vector<ScoredBoard> boards;
  std::vector<std::string> rows;
  std::vector<std::int64_t> seeds;
  std::vector<std::string> partial;   ///< rows that only some of the boards have
  std::vector<std::string> unscored;  ///< boards that do not score, in words

  /// A row's scores: a list for each seed, a score for each board.
  RunsByTask RunsOf(const std::string& row) const;
  /// Means over the seeds: a line for each board, a score for each row.
  ScoreTable ByBoard() const;
  /// "classification on cifar10; ...".
  std::string BoardsInWords() const;
};

/// Scores of `metric` (empty: each board's headline). A board without floor or ceiling, or whose
/// floor is not below its ceiling, does not score. None where fewer than two rows or no seed stand
/// on all that do.
std::optional<Scores> ScoresOf(const ResultSet& results, const std::string& metric, double level);

}  // namespace plasticity
