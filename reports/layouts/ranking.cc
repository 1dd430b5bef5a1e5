// All boards together: scores between floor and ceiling, interquartile mean, mean rank.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "reports/board_text.h"
#include "reports/layout.h"
#include "reports/statistics/bootstrap.h"
#include "reports/statistics/ranks.h"
#include "reports/statistics/summary.h"
#include "reports/text_table.h"
#include "reports/words.h"
#include "suite/base/error.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

// One board as scores: 0 is the best floor row's mean, 1 the best ceiling row's.
struct Scored {
  const Board* board = nullptr;
  std::map<std::string, std::map<std::int64_t, double>>
      scores;  // by row's names, whatever its parameters, and by seed
};

std::optional<double> BestMean(const std::vector<MeasuredRow>& rows, const std::string& role,
                               double sign) {
  std::optional<double> best;
  for (const MeasuredRow& row : rows) {
    if (row.row->role != role || !row.value.mean) continue;
    if (!best || sign * *row.value.mean > sign * *best) best = row.value.mean;
  }
  return best;
}

// None where floor or ceiling is missing, or the floor is not below.
std::optional<Scored> ScoresOf(const Board& board, const LayoutOptions& options) {
  const MetricInfo metric = InfoOf(board, options.metric);
  const std::vector<MeasuredRow> rows = MeasureRows(board, metric.name, options.level);
  const double sign = metric.higher_is_better ? 1 : -1;
  const std::optional<double> floor = BestMean(rows, "floor", sign);
  const std::optional<double> ceiling = BestMean(rows, "ceiling", sign);
  if (!floor || !ceiling || sign * (*ceiling - *floor) <= 0) return std::nullopt;
  Scored scored{.board = &board};
  for (const MeasuredRow& row : rows) {
    if (!row.value.mean) continue;
    for (const auto& [seed, value] : ValuesBySeed(row.value)) {
      scored.scores[NamesOf(row.row->parts)][seed] = (value - *floor) / (*ceiling - *floor);
    }
  }
  return scored;
}

// Rows and seeds that every board has.
struct Complete {
  std::vector<std::string> rows;
  std::vector<std::int64_t> seeds;
};

Complete CompleteIn(const std::vector<Scored>& boards) {
  Complete complete;
  std::set<std::int64_t> seeds;
  for (const auto& [name, by_seed] : boards.front().scores) {
    const bool everywhere = std::all_of(boards.begin(), boards.end(), [&](const Scored& board) {
      return board.scores.contains(name);
    });
    if (everywhere) complete.rows.push_back(name);
    for (const auto& [seed, score] : by_seed) seeds.insert(seed);
  }
  for (const std::int64_t seed : seeds) {
    bool everywhere = true;
    for (const Scored& board : boards) {
      for (const std::string& row : complete.rows) {
        everywhere = everywhere && board.scores.at(row).contains(seed);
      }
    }
    if (everywhere) complete.seeds.push_back(seed);
  }
  return complete;
}

RunsByTask RunsOf(const std::vector<Scored>& boards, const std::string& row,
                  const std::vector<std::int64_t>& seeds) {
  RunsByTask runs;
  for (const std::int64_t seed : seeds) {
    runs.emplace_back();
    for (const Scored& board : boards) runs.back().push_back(board.scores.at(row).at(seed));
  }
  return runs;
}

// The interquartile mean with its stratified bootstrap's interval, half of its width each way.
std::string WithInterval(const RunsByTask& runs, double level) {
  const double iqm = InterquartileMean(Flattened(runs));
  if (runs.size() < 2) return fmt::format("{:.2f}", iqm);
  const auto resamples = StratifiedResamples(static_cast<int>(runs.size()),
                                             static_cast<int>(runs.front().size()), 2000, 1);
  std::vector<double> replicates;
  for (const auto& draw : resamples) {
    replicates.push_back(InterquartileMean(Flattened(Resampled(runs, draw))));
  }
  const Interval interval = PercentileInterval(std::move(replicates), level);
  return fmt::format("{:.2f} [{:.2f}, {:.2f}]", iqm, interval.low, interval.high);
}

// Names of the rows that a bar of the critical-difference diagram joins.
std::string Bars(const std::vector<std::string>& names, const std::vector<double>& ranks,
                 double difference) {
  std::vector<std::pair<double, std::string>> sorted;
  for (std::size_t i = 0; i < names.size(); ++i) sorted.emplace_back(ranks[i], names[i]);
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::string> bars;
  for (const auto& [first, last] : RankGroups(ranks, difference)) {
    bars.push_back(sorted[static_cast<std::size_t>(first)].second + " to " +
                   sorted[static_cast<std::size_t>(last)].second);
  }
  return bars.empty() ? "none" : Join(bars, "; ");
}

class Ranking final : public Layout {
 public:
  std::vector<Table> Tables(const ResultSet& results, const LayoutOptions& options) const override {
    std::vector<Scored> boards;
    for (const Board& board : results.boards()) {
      if (!options.metric.empty() && !HasMetric(board, options.metric)) continue;
      if (std::optional<Scored> scored = ScoresOf(board, options)) boards.push_back(*scored);
    }
    if (boards.empty()) return {};
    const Complete complete = CompleteIn(boards);
    if (complete.rows.size() < 2 || complete.seeds.empty()) return {};
    return {Ranked(boards, complete, options.level)};
  }

 private:
  static Table Ranked(const std::vector<Scored>& boards, const Complete& complete, double level) {
    const ScoreTable by_board = ByBoard(boards, complete);
    const std::vector<double> ranks = AverageRanks(by_board);
    std::vector<std::pair<double, std::size_t>> order;
    for (std::size_t i = 0; i < ranks.size(); ++i) order.emplace_back(ranks[i], i);
    std::sort(order.begin(), order.end());
    Table table;
    table.title = fmt::format("ranking over {}", Plural(boards.size(), "board"));
    table.columns = {{.key = "row", .heading = "rule"},
                     {.key = "mean_rank", .heading = "mean rank"},
                     {.key = "iqm", .heading = "interquartile mean"},
                     {.key = "optimality_gap", .heading = "gap to the ceiling", .expendable = 1}};
    for (const auto& [rank, index] : order) {
      const RunsByTask runs = RunsOf(boards, complete.rows[index], complete.seeds);
      TableRow row;
      row.cells = {complete.rows[index], Number{rank}, WithInterval(runs, level),
                   Number{OptimalityGap(Flattened(runs), 1)}};
      table.rows.push_back(std::move(row));
    }
    AddWords(table, boards, complete, ranks, level);
    if (boards.size() > 1) {
      const Friedman test = FriedmanTest(by_board);
      table.notes.push_back(
          fmt::format("All alike? Iman and Davenport's F = {:.2f}, p = {:.3g}.", test.f, test.p_f));
    }
    return table;
  }

  static void AddWords(Table& table, const std::vector<Scored>& boards, const Complete& complete,
                       const std::vector<double>& ranks, double level) {
    std::vector<std::string> names;
    for (const Scored& board : boards) {
      const std::string only = board.board->only_here;
      names.push_back(board.board->task + " on " + board.board->data +
                      (only.empty() ? "" : " (" + only + ")"));
    }
    table.facts = {
        {"boards", Printable(Join(names, "; "))},
        {"scores", "each board's headline, 0 at its best floor row, 1 at its best ceiling row"},
        {"interquartile mean",
         fmt::format("of all scores, with the {:g} % interval of a stratified bootstrap (Agarwal "
                     "et al. 2021), over {}",
                     100 * level, Plural(complete.seeds.size(), "seed"))}};
    const auto methods = static_cast<int>(ranks.size());
    const auto rows = static_cast<int>(boards.size());
    if (rows < 2) {
      table.notes.emplace_back("Ranks on one board tell nothing about another.");
      return;
    }
    const double difference = CriticalDifference(methods, rows);
    table.notes.push_back(
        fmt::format("Critical difference of mean ranks (Nemenyi, 5 %): {:.2f}. Not told apart: {}.",
                    difference, Printable(Bars(complete.rows, ranks, difference))));
  }

  static ScoreTable ByBoard(const std::vector<Scored>& boards, const Complete& complete) {
    ScoreTable scores;
    for (const Scored& board : boards) {
      scores.emplace_back();
      for (const std::string& row : complete.rows) {
        scores.back().push_back(Mean(Flattened(RunsOf({board}, row, complete.seeds))));
      }
    }
    return scores;
  }
};
const bool added = AddLayout<Ranking>("ranking", "all boards together: scores, ranks, differences");

}  // namespace
}  // namespace plasticity
