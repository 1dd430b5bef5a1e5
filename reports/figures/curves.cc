#include "reports/figures/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "reports/look.h"
#include "reports/statistics/summary.h"
#include "reports/text_table.h"
#include "reports/words.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

using Rows = std::vector<const RowPoints*>;

// The first of the rows that has the role, if one does.
void AddFirst(Rows& chosen, const Rows& rows, const std::string& role) {
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [&](const RowPoints* one) { return one->row->role == role; });
  if (found != rows.end()) chosen.push_back(*found);
}

// The rows that are told apart, in the order of their looks: the same rules have the same look in
// every figure that shows them.
Rows ToldApart(const Rows& rows) {
  const auto most = static_cast<std::size_t>(LookCount());
  Rows chosen;
  AddFirst(chosen, rows, "ceiling");
  AddFirst(chosen, rows, "floor");
  for (const RowPoints* one : rows) {
    const bool known = std::find(chosen.begin(), chosen.end(), one) != chosen.end();
    if (!known && chosen.size() < most) chosen.push_back(one);
  }
  std::sort(chosen.begin(), chosen.end(), [](const RowPoints* a, const RowPoints* b) {
    return std::tuple(!a->row->baseline, a->row->label) <
           std::tuple(!b->row->baseline, b->row->label);
  });
  return chosen;
}

// Student's intervals of two values are so wide (t is 12.7) that they would hide all lines.
constexpr std::size_t kSeedsForBand = 3;

// With its interval where the seeds carry one.
Point MeanPoint(double x, const std::vector<double>& values, double level) {
  Point point{.x = x, .y = Mean(values)};
  if (values.size() >= kSeedsForBand) point.halfwidth = ConfidenceInterval(values, level).halfwidth;
  return point;
}

std::vector<Point> MeanCurve(const Row& row, const std::function<Curve(const Result&)>& curve,
                             double level) {
  std::map<double, std::vector<double>> values;
  for (const Result* cell : row.cells) {
    if (cell->state != "ok") return {};
    for (const auto& [x, y] : curve(*cell)) {
      if (std::isfinite(x) && std::isfinite(y)) values[x].push_back(y);
    }
  }
  std::vector<Point> points;
  for (const auto& [x, ys] : values) {
    if (ys.size() == row.cells.size()) points.push_back(MeanPoint(x, ys, level));
  }
  return points;
}

std::string BandInWords(const Figure& figure, double level) {
  for (const Series& series : figure.series) {
    for (const Point& point : series.points) {
      if (!point.halfwidth) continue;
      return fmt::format("mean over the seeds, with its {:g} % confidence interval (Student's t)",
                         100 * level);
    }
  }
  return "mean over the seeds, too few for a band";
}

}  // namespace

std::vector<MeasuredRow> RankedRows(const Board& board, const MetricInfo& metric, double level) {
  std::vector<MeasuredRow> rows = MeasureRows(board, metric.name, level);
  SortRows(rows, metric.higher_is_better);
  return rows;
}

Figure BoardFigure(const ResultSet& results, const Board& board, const MetricInfo& metric,
                   const std::vector<MeasuredRow>& rows, double level) {
  Table table = BoardTable(results, board, metric, rows, level);
  Figure figure;
  figure.title = TaskAndData(board.conditions);
  figure.name = Slug(figure.title + " " + board.only_here);
  figure.notes = std::move(table.notes);
  if (!board.only_here.empty()) figure.notes.push_back("Only here: " + board.only_here + ".");
  figure.provenance = std::move(table.provenance);
  return figure;
}

void AddRows(Figure& figure, Drawn drawn, const std::vector<RowPoints>& rows) {
  Rows present;
  std::vector<std::string> absent;
  for (const RowPoints& one : rows) {
    if (one.points.empty()) {
      absent.push_back(one.row->label);
    } else {
      present.push_back(&one);
    }
  }
  const Rows chosen = ToldApart(present);
  const std::size_t faint = present.size() - chosen.size();
  for (const RowPoints* one : present) {
    if (std::find(chosen.begin(), chosen.end(), one) != chosen.end()) continue;
    const bool first = figure.series.empty();
    figure.series.push_back({.label = first ? Plural(faint, "other") : "",
                             .drawn = drawn,
                             .look = kFaint,
                             .points = one->points});
  }
  constexpr int kLongestLabel = 44;  // letters in the figure's width
  int look = 0;
  for (const RowPoints* one : chosen) {
    figure.series.push_back({.label = Shortened(one->row->label, kLongestLabel),
                             .drawn = drawn,
                             .look = look++,
                             .points = one->points});
  }
  if (!absent.empty()) figure.notes.push_back("Not drawn: " + Join(absent, ", ") + ".");
}

std::optional<Figure> CurveFigure(const ResultSet& results, const Board& board,
                                  const std::function<Curve(const Result&)>& curve, double level) {
  const MetricInfo metric = InfoOf(board);
  const std::vector<MeasuredRow> ranked = RankedRows(board, metric, level);
  std::vector<RowPoints> rows;
  std::set<double> xs;
  for (const MeasuredRow& row : ranked) {
    rows.push_back({row.row, MeanCurve(*row.row, curve, level)});
    for (const Point& point : rows.back().points) xs.insert(point.x);
  }
  if (xs.size() < 2) return std::nullopt;
  Figure figure = BoardFigure(results, board, metric, ranked, level);
  figure.x.low = *xs.begin();
  figure.x.high = *xs.rbegin();
  AddRows(figure, Drawn::kCurve, rows);
  figure.caption = BandInWords(figure, level);
  return figure;
}

void CountOnX(Figure& figure, const std::string& label) {
  constexpr double kFew = 12;
  figure.x.label = label;
  figure.x.unit = "count";
  const double low = figure.x.low.value_or(0), high = figure.x.high.value_or(0);
  if (high - low > kFew) return;
  for (double tick = std::ceil(low); tick <= high; ++tick) figure.x.ticks.push_back(tick);
}

}  // namespace plasticity
