#include "reports/scores.h"

#include <algorithm>
#include <set>

#include "reports/board_text.h"
#include "reports/statistics/summary.h"
#include "reports/words.h"
#include "suite/base/text.h"
#include "suite/base/utf8.h"

namespace plasticity {
namespace {

std::optional<double> BestMean(const std::vector<MeasuredRow>& rows, const std::string& role,
                               double sign) {
  std::optional<double> best;
  for (const MeasuredRow& row : rows) {
    if (row.row->role != role || !row.value.mean) continue;
    if (!best || sign * *row.value.mean > sign * *best) best = row.value.mean;
  }
  return best;
}

std::optional<ScoredBoard> ScoredBoardOf(const Board& board, const std::string& asked,
                                         double level) {
  const MetricInfo metric = InfoOf(board, asked);
  const std::vector<MeasuredRow> rows = MeasureRows(board, metric.name, level);
  const double sign = metric.higher_is_better ? 1 : -1;
  const std::optional<double> floor = BestMean(rows, "floor", sign);
  const std::optional<double> ceiling = BestMean(rows, "ceiling", sign);
  if (!floor || !ceiling || sign * (*ceiling - *floor) <= 0) return std::nullopt;
  ScoredBoard scored{.board = &board};
  for (const MeasuredRow& row : rows) {
    if (!row.value.mean) continue;
    for (const auto& [seed, value] : ValuesBySeed(row.value)) {
      scored.scores[NamesOf(row.row->parts)][seed] = (value - *floor) / (*ceiling - *floor);
    }
  }
  return scored;
}

// The rows that all boards have, and those that some have.
void SortRowsOut(Scores& scores) {
  std::map<std::string, std::size_t> found;
  for (const ScoredBoard& board : scores.boards) {
    for (const auto& [row, by_seed] : board.scores) ++found[row];
  }
  for (const auto& [row, boards] : found) {
    (boards == scores.boards.size() ? scores.rows : scores.partial).push_back(row);
  }
}

std::string InWords(const Board& board) {
  return TaskAndData(board.conditions) +
         (board.only_here.empty() ? "" : " (" + board.only_here + ")");
}

// The seeds that these rows have on all boards.
std::vector<std::int64_t> SeedsOfAll(const std::vector<ScoredBoard>& boards,
                                     const std::vector<std::string>& rows) {
  std::map<std::int64_t, std::size_t> found;
  for (const ScoredBoard& board : boards) {
    for (const std::string& row : rows) {
      for (const auto& [seed, score] : board.scores.at(row)) ++found[seed];
    }
  }
  std::vector<std::int64_t> seeds;
  for (const auto& [seed, count] : found) {
    if (count == boards.size() * rows.size()) seeds.push_back(seed);
  }
  return seeds;
}

}  // namespace

RunsByTask Scores::RunsOf(const std::string& row) const {
  RunsByTask runs;
  for (const std::int64_t seed : seeds) {
    runs.emplace_back();
    for (const ScoredBoard& board : boards) runs.back().push_back(board.scores.at(row).at(seed));
  }
  return runs;
}

ScoreTable Scores::ByBoard() const {
  ScoreTable table;
  for (const ScoredBoard& board : boards) {
    table.emplace_back();
    for (const std::string& row : rows) {
      std::vector<double> values;
      for (const std::int64_t seed : seeds) values.push_back(board.scores.at(row).at(seed));
      table.back().push_back(Mean(values));
    }
  }
  return table;
}

std::string Scores::BoardsInWords() const {
  std::vector<std::string> names;
  for (const ScoredBoard& scored : boards) names.push_back(InWords(*scored.board));
  return Printable(Join(names, "; "));
}

std::optional<Scores> ScoresOf(const ResultSet& results, const std::string& metric, double level) {
  Scores scores;
  for (const Board& board : results.boards()) {
    if (!metric.empty() && !HasMetric(board, metric)) continue;
    if (std::optional<ScoredBoard> scored = ScoredBoardOf(board, metric, level)) {
      scores.boards.push_back(std::move(*scored));
    } else {
      scores.unscored.push_back(InWords(board));
    }
  }
  if (scores.boards.empty()) return std::nullopt;
  SortRowsOut(scores);
  scores.seeds = SeedsOfAll(scores.boards, scores.rows);
  if (scores.rows.size() < 2 || scores.seeds.empty()) return std::nullopt;
  return scores;
}

}  // namespace plasticity
