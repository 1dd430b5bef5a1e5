// Accuracy by the share of labels, a line a row.
#include <charconv>
#include <set>

#include "reports/figure_kind.h"
#include "reports/figures/curves.h"

namespace plasticity {
namespace {

// Accuracy by the share of labels, a fraction.
Curve LabelCurve(const Result& result) {
  constexpr std::string_view kPrefix = "accuracy.labels.";
  Curve curve;
  for (const auto& [name, metric] : result.metrics) {
    if (!name.starts_with(kPrefix) || !metric.value) continue;
    double percent = 0;
    const char* const end = name.data() + name.size();
    const auto read = std::from_chars(name.data() + kPrefix.size(), end, percent);
    if (read.ec == std::errc() && read.ptr == end) curve[percent / 100] = *metric.value;
  }
  return curve;
}

std::vector<double> SharesIn(const Figure& figure) {
  std::set<double> shares;
  for (const Series& series : figure.series) {
    for (const Point& point : series.points) shares.insert(point.x);
  }
  return {shares.begin(), shares.end()};
}

class SampleEfficiency final : public FigureKind {
 public:
  std::vector<Figure> Figures(const ResultSet& results,
                              const FigureOptions& options) const override {
    std::vector<Figure> figures;
    for (const Board& board : results.boards()) {
      std::optional<Figure> figure = CurveFigure(results, board, LabelCurve, options.level);
      if (!figure) continue;
      figure->x.label = "labels";
      figure->x.unit = "fraction";
      figure->x.logarithmic = true;
      figure->x.ticks = SharesIn(*figure);
      figure->y = {.label = "test accuracy", .unit = "fraction"};
      figure->caption = "test accuracy by the share of labels; " + figure->caption;
      figures.push_back(std::move(*figure));
    }
    return figures;
  }
};
const bool added = AddFigureKind<SampleEfficiency>(
    "sample-efficiency", {.summary = "accuracy by the share of labels", .draws = Draws::kItsOwn});

}  // namespace
}  // namespace plasticity
