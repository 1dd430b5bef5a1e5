#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "reports/figure.h"

namespace plasticity {

/// How a series looks: told apart by colour (Okabe and Ito's, which colour-blind readers tell
/// apart), and in black and white by dashes and markers.
struct Look {
  std::string color;         ///< "0072B2"
  std::vector<double> dash;  ///< points on, off, on, ...; empty: solid
  int gnuplot_point = 0;     ///< gnuplot's number of the marker
  std::string pgf_mark;      ///< pgfplots' name of it
  double line_pt = 1;        ///< width of the line
};

/// How many series a figure can tell apart.
int LookCount();

/// A series' look: 0 to LookCount() - 1, or kFaint.
const Look& LookAt(int look);

/// "FFFFFF" for 0 to dark blue for 1, darker all the way.
std::string ShadeOf(double share);

/// The colour of text on that shade.
std::string TextColorOn(double share);

/// Sizes on paper: one column of a journal's page, and in it what lies beside the axes.
inline constexpr double kWidthCm = 8.5;
inline constexpr double kLeftCm = 1.2;
inline constexpr double kRightCm = 0.45;  // half a tick of five digits
inline constexpr double kTopCm = 0.5;
inline constexpr double kBottomCm = 0.85;  ///< without a key
inline constexpr double kPlotWidthCm = kWidthCm - kLeftCm - kRightCm;
inline constexpr double kPlotHeightCm = 3.8;  ///< unless a figure says otherwise
inline constexpr int kTextPt = 8;             ///< titles, names of axes
inline constexpr int kSmallTextPt = 7;        ///< numbers at axes, key, marks
inline constexpr double kMarkerPt = 3;
inline constexpr const char* kInk = "333333";  ///< axes and text
inline constexpr const char* kGridColor = "DDDDDD";
inline constexpr double kBandOpacity = 0.15;

/// The height between the axes: a matrix has square cells.
double PlotHeightCm(const Figure& figure);

/// The key, which lies below all else: the series that have a label, in rows.
struct KeyLayout {
  std::vector<const Series*> entries;
  std::size_t columns = 0;
  double column_cm = 0;  ///< width of a column
  double height_cm = 0;  ///< of all
};
inline constexpr double kKeyLineCm = 0.32;   ///< height of a row
inline constexpr double kKeySampleCm = 0.7;  ///< width of a piece of line
inline constexpr double kKeyGapCm = 0.15;    ///< between it and its text, and behind that

/// Where the figure's key goes; without entries: nowhere.
KeyLayout KeyOf(const Figure& figure);

/// The figure's height.
double HeightCm(const Figure& figure);

/// The width of text of that size, about.
double TextWidthCm(std::string_view text, double pt);

/// The size of the matrix's text, so that it fits into its cells; 0 where it would be too small.
double CellTextPt(const Matrix& matrix);

/// Whether the series' intervals are drawn as a band.
bool HasBand(const Series& series);

/// Whether its points have markers.
bool HasMarkers(const Series& series);

/// How wide its line is, in points.
double LineWidthPt(const Series& series);

/// Every how many points of a curve has a marker.
std::size_t MarkerStep(const Series& series);

/// Which of a matrix's rows or columns are named: all, or every second one and so on.
std::vector<std::size_t> NamedPlaces(const std::vector<std::string>& names);

/// The axis with its unit: "test accuracy (%)".
std::string AxisText(const Axis& axis);

}  // namespace plasticity
