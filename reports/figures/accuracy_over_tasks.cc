// The mean accuracy on the experiences so far, after each experience of a stream, a line a row.
#include "reports/figure_kind.h"
#include "reports/figures/curves.h"
#include "reports/stream_matrix.h"

namespace plasticity {
namespace {

// The mean accuracy on the first k experiences after the k-th, by k.
Curve SoFar(const Result& result, const std::string& record) {
  Curve curve;
  const std::optional<StreamMatrix> matrix = StreamMatrixOf(result, record);
  if (!matrix) return curve;
  for (std::size_t k = 1; k <= matrix->rows.front().size(); ++k) {
    double sum = 0;
    for (std::size_t on = 0; on < k; ++on) sum += matrix->After(k)[on];
    curve[static_cast<double>(k)] = sum / static_cast<double>(k);
  }
  return curve;
}

class AccuracyOverTasks final : public FigureKind {
 public:
  std::vector<Figure> Figures(const ResultSet& results,
                              const FigureOptions& options) const override {
    const std::string record = options.metric.empty() ? "accuracy" : options.metric;
    std::vector<Figure> figures;
    for (const Board& board : results.boards()) {
      const auto curve = [&](const Result& cell) { return SoFar(cell, record); };
      std::optional<Figure> figure = CurveFigure(results, board, curve, options.level);
      if (!figure) continue;
      CountOnX(*figure, "experiences learned");
      figure->y = {.label = record + " on those so far", .unit = "fraction", .low = 0};
      figure->caption =
          "mean " + record + " on the experiences so far, after each of them; " + figure->caption;
      figures.push_back(std::move(*figure));
    }
    return figures;
  }
};
const bool added = AddFigureKind<AccuracyOverTasks>(
    "accuracy-over-tasks",
    {.summary = "accuracy on a stream's experiences so far", .draws = Draws::kOneRecord});

}  // namespace
}  // namespace plasticity
