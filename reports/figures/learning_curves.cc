// A record over epochs, or accuracy over images where a task looked while it learned; a line a row.
#include <algorithm>
#include <cmath>

#include "reports/figure_kind.h"
#include "reports/figures/curves.h"
#include "reports/looks.h"

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

bool IsLookedAt(const Board& board) {
  return std::any_of(board.rows.begin(), board.rows.end(), [](const Row& row) {
    return std::any_of(row.cells.begin(), row.cells.end(),
                       [](const Result* cell) { return LooksOf(*cell).size() > 1; });
  });
}

// Looks come more seldom as learning goes on, so their images are counted in powers of ten.
std::optional<Figure> LooksFigure(const ResultSet& results, const Board& board, double level) {
  std::optional<Figure> figure = CurveFigure(results, board, LooksOf, level);
  if (!figure) return figure;
  figure->x.label = "images learned from";
  figure->x.unit = "count";
  figure->x.logarithmic = true;
  figure->y = {.label = "validation accuracy", .unit = "fraction"};
  figure->caption = "validation accuracy by images learned from; " + figure->caption;
  return figure;
}

std::optional<Figure> EpochsFigure(const ResultSet& results, const Board& board,
                                   const std::string& record, double level) {
  const auto curve = [&](const Result& cell) { return EpochCurve(cell, record); };
  std::optional<Figure> figure = CurveFigure(results, board, curve, level);
  if (!figure) return figure;
  CountOnX(*figure, "epoch");
  figure->y = {.label = record, .unit = UnitOf(board, record)};
  figure->caption = record + " after each epoch; " + figure->caption;
  return figure;
}

class LearningCurves final : public FigureKind {
 public:
  std::vector<Figure> Figures(const ResultSet& results,
                              const FigureOptions& options) const override {
    std::vector<Figure> figures;
    for (const Board& board : results.boards()) {
      const std::string& asked = options.metric;
      std::optional<Figure> figure =
          asked.empty() && IsLookedAt(board)
              ? LooksFigure(results, board, options.level)
              : EpochsFigure(results, board, asked.empty() ? UsualRecord(board) : asked,
                             options.level);
      if (figure) figures.push_back(std::move(*figure));
    }
    return figures;
  }
};
const bool added = AddFigureKind<LearningCurves>(
    "learning-curves",
    {.summary = "a record over epochs, or accuracy over images", .draws = Draws::kOneRecord});

}  // namespace
}  // namespace plasticity
