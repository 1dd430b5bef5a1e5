// A record over epochs, a line a row.
#include <cmath>

#include "reports/figure_kind.h"
#include "reports/figures/curves.h"

namespace plasticity {
namespace {

// y by epoch, from 1; empty where the Result has no such record.
Curve EpochCurve(const Result& result, const std::string& name) {
  Curve curve;
  const auto found = result.records.find(name);
  if (found == result.records.end()) return curve;
  if (found->second.axes != std::vector<std::string>{"epoch"}) return curve;
  double epoch = 0;
  for (const double value : found->second.values.flat()) {
    ++epoch;
    if (std::isfinite(value)) curve[epoch] = value;
  }
  return curve;
}

// The record over several epochs that most of the board's cells have; "" where none has any.
std::string UsualRecord(const Board& board) {
  std::map<std::string, int> counts;
  for (const Row& row : board.rows) {
    for (const Result* cell : row.cells) {
      for (const auto& [name, record] : cell->records) {
        if (EpochCurve(*cell, name).size() > 1) ++counts[name];
      }
    }
  }
  std::string usual;
  for (const auto& [name, count] : counts) {
    if (usual.empty() || count > counts[usual]) usual = name;
  }
  return usual;
}

std::string UnitOf(const Board& board, const std::string& record) {
  for (const Row& row : board.rows) {
    for (const Result* cell : row.cells) {
      const auto found = cell->records.find(record);
      if (found != cell->records.end()) return found->second.unit;
    }
  }
  return "";
}

class LearningCurves final : public FigureKind {
 public:
  std::vector<Figure> Figures(const ResultSet& results,
                              const FigureOptions& options) const override {
    std::vector<Figure> figures;
    for (const Board& board : results.boards()) {
      const std::string record = options.metric.empty() ? UsualRecord(board) : options.metric;
      const auto curve = [&](const Result& cell) { return EpochCurve(cell, record); };
      std::optional<Figure> figure = CurveFigure(results, board, curve, options.level);
      if (!figure) continue;
      CountOnX(*figure, "epoch");
      figure->y = {.label = record, .unit = UnitOf(board, record)};
      figure->caption = record + " after each epoch; " + figure->caption;
      figures.push_back(std::move(*figure));
    }
    return figures;
  }
};
const bool added = AddFigureKind<LearningCurves>(
    "learning-curves", {.summary = "a record over epochs", .draws = Draws::kOneRecord});

}  // namespace
}  // namespace plasticity
