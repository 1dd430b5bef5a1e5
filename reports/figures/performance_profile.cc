// The share of runs above a threshold, over all boards that measure a fraction, a line a row.
// Source: Agarwal et al. 2021 (arXiv 2108.13264), score distributions.
#include <algorithm>

#include "reports/figure_kind.h"
#include "reports/figures/curves.h"
#include "reports/words.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

// A row's runs on all boards.
struct Runs {
  const Row* row = nullptr;
  std::vector<double> values;  // of those that have one
  std::size_t count = 0;       // of all
  std::size_t boards = 0;      // on which it stands

  double mean() const {
    double sum = 0;
    for (const double value : values) sum += value;
    return count == 0 ? 0 : sum / static_cast<double>(count);
  }
};

// The boards whose metric is a fraction of which more is better.
std::vector<const Board*> BoardsWith(const ResultSet& results, const std::string& asked) {
  std::vector<const Board*> boards;
  for (const Board& board : results.boards()) {
    const MetricInfo metric = InfoOf(board, asked);
    const bool fits = metric.unit == "fraction" && metric.higher_is_better;
    if (fits && HasMetric(board, metric.name)) boards.push_back(&board);
  }
  return boards;
}

// Those that stand on every board, best mean first; a lost run counts as one of nothing.
std::vector<Runs> RunsOf(const std::vector<const Board*>& boards, const FigureOptions& options) {
  std::map<std::string, Runs> by_row;
  for (const Board* board : boards) {
    const MetricInfo metric = InfoOf(*board, options.metric);
    for (const MeasuredRow& row : MeasureRows(*board, metric.name, options.level)) {
      if (row.value.all_skipped()) continue;
      Runs& runs = by_row[row.row->key()];
      runs.row = row.row;
      ++runs.boards;
      for (const Run& run : row.value.runs) {
        ++runs.count;
        if (run.value) runs.values.push_back(*run.value);
      }
    }
  }
  std::vector<Runs> all;
  for (auto& [key, runs] : by_row) {
    if (runs.boards < boards.size() || runs.count == 0) continue;
    std::sort(runs.values.begin(), runs.values.end());
    all.push_back(std::move(runs));
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Runs& a, const Runs& b) { return a.mean() > b.mean(); });
  return all;
}

// From `low`, where all runs that have a value are above, to `high`, where none is.
std::vector<Point> StepsOf(const Runs& runs, double low, double high) {
  const auto share = [&](std::size_t above) {
    return static_cast<double>(above) / static_cast<double>(runs.count);
  };
  std::vector<Point> points = {{.x = low, .y = share(runs.values.size())}};
  for (std::size_t i = 0; i < runs.values.size(); ++i) {
    const double value = runs.values[i];
    const std::size_t above = runs.values.size() - i - 1;
    if (points.back().x == value) {
      points.back().y = share(above);
    } else {
      points.push_back({.x = value, .y = share(above)});
    }
  }
  if (points.back().x < high) points.push_back({.x = high, .y = points.back().y});
  return points;
}

// What all boards say of themselves.
Figure WordsOf(const ResultSet& results, const std::vector<const Board*>& boards,
               const FigureOptions& options) {
  Figure all;
  std::vector<std::string> titles, provenance;
  for (const Board* board : boards) {
    const MetricInfo metric = InfoOf(*board, options.metric);
    const std::vector<MeasuredRow> rows = RankedRows(*board, metric, options.level);
    Figure one = BoardFigure(results, *board, metric, rows, options.level);
    for (const std::string& note : one.notes) {
      const bool known = std::find(all.notes.begin(), all.notes.end(), note) != all.notes.end();
      if (!known) all.notes.push_back(note);
    }
    titles.push_back(MetricInWords(metric.name) + " of " + one.title);
    provenance.push_back(one.provenance);
    all.name = boards.size() == 1 ? one.name : "boards";
    all.title = boards.size() == 1 ? one.title : Plural(boards.size(), "board");
  }
  all.caption =
      "share of runs above a threshold of " + Join(titles, ", ") + "; a lost run is above none";
  all.provenance = Join(provenance, " ");
  return all;
}

Figure ProfileOf(const ResultSet& results, const std::vector<const Board*>& boards,
                 const std::vector<Runs>& all, const FigureOptions& options) {
  double low = 1, high = 0;
  for (const Runs& runs : all) {
    if (runs.values.empty()) continue;
    low = std::min(low, runs.values.front());
    high = std::max(high, runs.values.back());
  }
  const double room = 0.05 * (high - low);
  Figure figure = WordsOf(results, boards, options);
  figure.x = {.label = "threshold",
              .unit = "fraction",
              .low = std::max(0.0, low - room),
              .high = std::min(1.0, high + room)};
  figure.y = {.label = "runs above it", .unit = "fraction", .low = 0, .high = 1};
  std::vector<RowPoints> rows;
  for (const Runs& runs : all) {
    rows.push_back({runs.row, StepsOf(runs, *figure.x.low, *figure.x.high)});
  }
  AddRows(figure, Drawn::kSteps, rows);
  return figure;
}

class PerformanceProfile final : public FigureKind {
 public:
  std::vector<Figure> Figures(const ResultSet& results,
                              const FigureOptions& options) const override {
    const std::vector<const Board*> boards = BoardsWith(results, options.metric);
    const std::vector<Runs> all = RunsOf(boards, options);
    if (all.empty()) return {};
    return {ProfileOf(results, boards, all, options)};
  }
};
const bool added = AddFigureKind<PerformanceProfile>(
    "performance-profile", {.summary = "the share of runs above a threshold"});

}  // namespace
}  // namespace plasticity
