#pragma once

#include <optional>
#include <string>
#include <vector>

namespace plasticity {

/// One axis. Values are in `unit`; how they are shown is a plotter's.
struct Axis {
  std::string label;           ///< "test accuracy", without the unit
  std::string unit;            ///< as of a Column: "fraction", "s", "bytes", "count", ...; or ""
  bool logarithmic = false;    ///< all values are above 0
  std::optional<double> low;   ///< where it begins; none: where the data do
  std::optional<double> high;  ///< where it ends; likewise
  std::vector<double> ticks;   ///< the values that are named; empty: a plotter's choice
  bool hidden = false;         ///< not drawn: its values mean nothing
};

/// A point of a series.
struct Point {
  double x = 0;
  double y = 0;
  std::optional<double> halfwidth;  ///< of y's confidence interval; none for one seed
};

/// How a series is drawn.
enum class Drawn {
  kCurve,   ///< a line from point to point, in the band of the intervals
  kSteps,   ///< each y holds until the next x
  kPoints,  ///< points alone, with their intervals
  kStroke,  ///< a plain line from point to point
  kBar,     ///< a thick one
};

/// The look (reports/look.h) of what is there for comparison and not told apart.
inline constexpr int kFaint = -1;

/// Points that belong together.
struct Series {
  std::string label;  ///< in the key; "" is not in it
  Drawn drawn = Drawn::kCurve;
  int look = 0;  ///< which of the looks (reports/look.h), or kFaint
  std::vector<Point> points;
};

/// A text beside a place.
struct Mark {
  double x = 0;
  double y = 0;
  std::string text;
  int right = 1;  ///< to the right of the place (1), the left (-1), or neither (0)
  int up = 0;     ///< above the place (1), below (-1), or neither (0)
};

/// Numbers in a rectangle, each drawn as a shade of its share of 1 and as text.
struct Matrix {
  std::vector<std::string> rows;                          ///< names, top first
  std::vector<std::string> columns;                       ///< names, left first
  std::vector<std::vector<std::optional<double>>> cells;  ///< fractions; as many as rows x columns
};

/// What every figure is made into, and every plotter draws: series and marks, or a matrix.
struct Figure {
  std::string name;     ///< tells it from the others of one view, for file names: "softhebb-er"
  std::string title;    ///< short, without a full stop
  std::string caption;  ///< what is drawn, in a sentence without a full stop
  Axis x;
  Axis y;
  std::vector<Series> series;  ///< what is drawn first lies below
  std::vector<Mark> marks;
  std::optional<Matrix> matrix;
  std::optional<double> height_cm;  ///< between the axes; none: a plotter's choice
  std::vector<std::string> notes;   ///< what a reader must know before drawing conclusions
  std::string provenance;           ///< results, seeds, machines, builds
};

}  // namespace plasticity
