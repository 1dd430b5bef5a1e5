// All boards together: scores between floor and ceiling, interquartile mean, mean rank.
#include <fmt/format.h>

#include <algorithm>

#include "reports/layout.h"
#include "reports/scores.h"
#include "reports/statistics/summary.h"
#include "reports/text_table.h"
#include "reports/words.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

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
    const std::optional<Scores> scores = ScoresOf(results, options.metric, options.level);
    if (!scores) return {};
    return {Ranked(*scores, options.level)};
  }

 private:
  static Table Ranked(const Scores& scores, double level) {
    const ScoreTable by_board = scores.ByBoard();
    const std::vector<double> ranks = AverageRanks(by_board);
    std::vector<std::pair<double, std::string>> order;
    for (std::size_t i = 0; i < ranks.size(); ++i) order.emplace_back(ranks[i], scores.rows[i]);
    std::sort(order.begin(), order.end());
    Table table;
    table.title = fmt::format("ranking over {}", Plural(scores.boards.size(), "board"));
    table.columns = {{.key = "row", .heading = "rule"},
                     {.key = "mean_rank", .heading = "mean rank"},
                     {.key = "iqm", .heading = "interquartile mean"},
                     {.key = "optimality_gap", .heading = "gap to the ceiling", .expendable = 1}};
    for (const auto& [rank, name] : order) {
      const RunsByTask runs = scores.RunsOf(name);
      TableRow row;
      row.cells = {name, Number{rank}, WithInterval(runs, level),
                   Number{OptimalityGap(Flattened(runs), 1)}};
      table.rows.push_back(std::move(row));
    }
    AddWords(table, scores, ranks, level);
    const auto leave_out = [&](const std::vector<std::string>& names, const char* why) {
      if (!names.empty())
        table.notes.push_back(fmt::format("Left out, {}: {}.", why, Printable(Join(names, "; "))));
    };
    leave_out(scores.partial, "for only some of the boards have them");
    leave_out(scores.unscored, "for want of a floor below a ceiling");
    if (scores.boards.size() > 1) {
      const Friedman test = FriedmanTest(by_board);
      table.notes.push_back(
          fmt::format("All alike? Iman and Davenport's F = {:.2f}, p = {:.3g}.", test.f, test.p_f));
    }
    return table;
  }

  static void AddWords(Table& table, const Scores& scores, const std::vector<double>& ranks,
                       double level) {
    table.facts = {
        {"boards", scores.BoardsInWords()},
        {"scores", "each board's headline, 0 at its best floor row, 1 at its best ceiling row"},
        {"interquartile mean",
         fmt::format("of all scores, with the {:g} % interval of a stratified bootstrap (Agarwal "
                     "et al. 2021), over {}",
                     100 * level, Plural(scores.seeds.size(), "seed"))}};
    if (scores.boards.size() < 2) {
      table.notes.emplace_back("Ranks on one board tell nothing about another.");
      return;
    }
    const double difference =
        CriticalDifference(static_cast<int>(ranks.size()), static_cast<int>(scores.boards.size()));
    const auto largest = static_cast<double>(ranks.size() - 1);
    table.notes.push_back(fmt::format(
        "Critical difference of mean ranks (Nemenyi, 5 %): {:.2f}{} Not told apart: {}.",
        difference,
        difference > largest
            ? fmt::format(", more than any two of {} rows can lie apart: so few boards "
                          "tell none from another.",
                          ranks.size())
            : ".",
        Printable(Bars(scores.rows, ranks, difference))));
  }
};
const bool added = AddLayout<Ranking>("ranking", "all boards together: scores, ranks, differences");

}  // namespace
}  // namespace plasticity
