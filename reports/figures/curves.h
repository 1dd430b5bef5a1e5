#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/board_text.h"
#include "reports/figure.h"

namespace plasticity {

/// y by x, of one seed.
using Curve = std::map<double, double>;

/// A row, and where its series goes.
struct RowPoints {
  const Row* row = nullptr;
  std::vector<Point> points;
};

/// All rows of the board by its headline metric, best first.
std::vector<MeasuredRow> RankedRows(const Board& board, const MetricInfo& metric, double level);

/// A figure of these rows of the board, yet without axes and series: title, notes and provenance.
Figure BoardFigure(const ResultSet& results, const Board& board, const MetricInfo& metric,
                   const std::vector<MeasuredRow>& rows, double level);

/// Adds a series for each row with points, and a note on those without. `rows` are best first: the
/// best, ceiling and floor get looks of their own, by label; what is left is drawn faintly.
void AddRows(Figure& figure, Drawn drawn, const std::vector<RowPoints>& rows);

/// A figure with a curve for each row of the board: what `curve` finds in its cells, averaged at
/// every x that all seeds have; none of a row that lost a seed, which would flatter it. The x-axis
/// goes from the least x to the most, the caption is of the intervals. None where there are not two
/// points in any row.
std::optional<Figure> CurveFigure(const ResultSet& results, const Board& board,
                                  const std::function<Curve(const Result&)>& curve, double level);

/// Makes the x-axis of a CurveFigure count what `label` says; few are named one by one, so that no
/// plotter names half of one.
void CountOnX(Figure& figure, const std::string& label);

}  // namespace plasticity
