// Accuracy after each experience of a stream on each, a heat map a row: the mean over its seeds.
#include <cmath>

#include "reports/figure_kind.h"
#include "reports/figures/curves.h"
#include "reports/statistics/summary.h"
#include "reports/stream_matrix.h"
#include "reports/words.h"

namespace plasticity {
namespace {

// Of each of the row's cells; empty where a seed was lost, or has another number of experiences.
std::vector<StreamMatrix> MatricesOf(const Row& row, const std::string& record) {
  std::vector<StreamMatrix> matrices;
  for (const Result* cell : row.cells) {
    if (cell->state != "ok") return {};
    std::optional<StreamMatrix> matrix = StreamMatrixOf(*cell, record);
    if (!matrix) return {};
    if (!matrices.empty() && matrix->rows.size() != matrices.front().rows.size()) return {};
    matrices.push_back(std::move(*matrix));
  }
  return matrices;
}

Matrix MeanOf(const std::vector<StreamMatrix>& matrices) {
  const StreamMatrix& first = matrices.front();
  Matrix mean;
  for (std::size_t k = 1; k <= first.rows.front().size(); ++k) {
    mean.columns.push_back(std::to_string(k));
  }
  mean.rows = mean.columns;
  if (first.has_start) mean.rows.insert(mean.rows.begin(), "start");
  for (std::size_t after = 0; after < mean.rows.size(); ++after) {
    std::vector<std::optional<double>>& cells = mean.cells.emplace_back();
    for (std::size_t on = 0; on < mean.columns.size(); ++on) {
      std::vector<double> values;
      for (const StreamMatrix& one : matrices) values.push_back(one.rows[after][on]);
      const double value = Mean(values);
      cells.push_back(std::isfinite(value) ? std::optional(value) : std::nullopt);
    }
  }
  return mean;
}

class AccuracyMatrix final : public FigureKind {
 public:
  std::vector<Figure> Figures(const ResultSet& results,
                              const FigureOptions& options) const override {
    const std::string record = options.metric.empty() ? "accuracy" : options.metric;
    std::vector<Figure> figures;
    for (const Board& board : results.boards()) {
      const MetricInfo metric = InfoOf(board);
      const std::vector<MeasuredRow> ranked = RankedRows(board, metric, options.level);
      for (const MeasuredRow& row : ranked) {
        const std::vector<StreamMatrix> matrices = MatricesOf(*row.row, record);
        if (matrices.empty()) continue;
        Figure figure = BoardFigure(results, board, metric, {row}, options.level);
        figure.name = Slug(row.row->label + " " + figure.name);
        figure.title = row.row->label;
        figure.caption = record + " of " + row.row->label + ", " + TaskAndData(board.conditions) +
                         ", in percent, white 0 and darkest 100; mean over " +
                         Plural(matrices.size(), "seed");
        figure.x = {.label = "on experience"};
        figure.y = {.label = "after experience"};
        figure.matrix = MeanOf(matrices);
        figures.push_back(std::move(figure));
      }
    }
    return figures;
  }
};
const bool added = AddFigureKind<AccuracyMatrix>(
    "accuracy-matrix", {.summary = "accuracy after each experience of a stream on each, a row each",
                        .draws = Draws::kOneRecord});

}  // namespace
}  // namespace plasticity
