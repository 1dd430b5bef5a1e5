#include "reports/figures/place_marks.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "reports/look.h"

namespace plasticity {
namespace {

struct Box {
  double left, right, below, above;  // cm
};

bool Overlap(const Box& a, const Box& b) {
  return a.left < b.right && b.left < a.right && a.below < b.above && b.below < a.above;
}

// Where the value stands on the axis: from 0 to 1.
double ShareOf(double value, const Axis& axis) {
  if (axis.logarithmic) return std::log(value / *axis.low) / std::log(*axis.high / *axis.low);
  return (value - *axis.low) / (*axis.high - *axis.low);
}

Box BoxAround(const Figure& figure, double x, double y, double half) {
  const double right = kPlotWidthCm * ShareOf(x, figure.x);
  const double up = kPlotHeightCm * ShareOf(y, figure.y);
  return {right - half, right + half, up - half, up + half};
}

// The text's box, beside that of its point.
Box TextBox(const Box& point, const Mark& mark) {
  constexpr double kHeight = 0.26;
  const double width = TextWidthCm(mark.text, kSmallTextPt);
  const double x = (point.left + point.right) / 2;
  const double y = (point.below + point.above) / 2;
  const double left = mark.right > 0   ? (mark.up == 0 ? point.right : x)
                      : mark.right < 0 ? (mark.up == 0 ? point.left : x) - width
                                       : x - width / 2;
  const double below = mark.up > 0   ? point.above
                       : mark.up < 0 ? point.below - kHeight
                                     : y - kHeight / 2;
  return {left, left + width, below, below + kHeight};
}

// The lines of steps, across and then up or down.
void AddSteps(std::vector<Box>& taken, const Figure& figure, const Series& series) {
  for (std::size_t i = 1; i < series.points.size(); ++i) {
    const Box from = BoxAround(figure, series.points[i - 1].x, series.points[i - 1].y, 0);
    const Box to = BoxAround(figure, series.points[i].x, series.points[i].y, 0);
    taken.push_back({from.left, to.right, from.below, from.above});
    taken.push_back(
        {to.left, to.right, std::min(from.below, to.below), std::max(from.above, to.above)});
  }
}

}  // namespace

std::vector<Mark> PlaceMarks(const Figure& figure, const std::vector<Mark>& wanted) {
  constexpr double kMarkerHalfCm = 0.06;
  constexpr double kGapCm = 0.1;
  constexpr std::array<std::array<int, 2>, 8> kSides = {
      {{1, 0}, {-1, 0}, {-1, 1}, {1, 1}, {0, 1}, {1, -1}, {-1, -1}, {0, -1}}};
  std::vector<Box> taken;
  for (const Series& series : figure.series) {
    for (const Point& point : series.points) {
      taken.push_back(BoxAround(figure, point.x, point.y, kMarkerHalfCm));
    }
    if (series.drawn == Drawn::kSteps) AddSteps(taken, figure, series);
  }
  std::vector<Mark> placed;
  for (Mark mark : wanted) {
    const Box point = BoxAround(figure, mark.x, mark.y, kGapCm);
    for (const auto& [right, up] : kSides) {
      mark.right = right;
      mark.up = up;
      const Box box = TextBox(point, mark);
      const bool inside = box.left >= 0 && box.right <= kPlotWidthCm && box.below >= 0 &&
                          box.above <= kPlotHeightCm;
      const bool free = std::none_of(taken.begin(), taken.end(),
                                     [&](const Box& other) { return Overlap(box, other); });
      if (!inside || !free) continue;
      taken.push_back(box);
      placed.push_back(mark);
      break;
    }
  }
  return placed;
}

}  // namespace plasticity
