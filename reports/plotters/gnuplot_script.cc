// A figure in gnuplot's language.
#include <fmt/format.h>

#include <cmath>

#include "reports/format.h"
#include "reports/look.h"
#include "reports/plotters/gnuplot.h"
#include "reports/text_table.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

// In single quotes gnuplot replaces nothing.
std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : Printable(text)) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

std::string Color(const std::string& color) { return "rgb '#" + color + "'"; }

// All that is not drawn by data has its place on paper, whatever the terminal thinks of its fonts.
struct Paper {
  double height_cm;

  std::string At(double x_cm, double y_cm) const {
    return fmt::format("screen {:.4f},{:.4f}", x_cm / kWidthCm, y_cm / height_cm);
  }
};

std::string Margins(const Figure& figure, const Paper& paper) {
  return fmt::format(
      "set lmargin at screen {:.4f}\nset rmargin at screen {:.4f}\n"
      "set bmargin at screen {:.4f}\nset tmargin at screen {:.4f}\n",
      kLeftCm / kWidthCm, 1 - kRightCm / kWidthCm,
      (kBottomCm + KeyOf(figure).height_cm) / paper.height_cm, 1 - kTopCm / paper.height_cm);
}

// Title and names of axes.
std::string Names(const Figure& figure, const Paper& paper, double font_scale) {
  constexpr double kFromEdgeCm = 0.22;
  const double bottom = kBottomCm + KeyOf(figure).height_cm;
  const double across = kLeftCm + kPlotWidthCm / 2;
  const std::string look =
      fmt::format("font ',{}' textcolor {}\n", kTextPt * font_scale, Color(kInk));
  return fmt::format("set label {} at {} center {}", Quoted(figure.title),
                     paper.At(across, paper.height_cm - kFromEdgeCm), look) +
         fmt::format("set label {} at {} center {}", Quoted(AxisText(figure.x)),
                     paper.At(across, bottom - kBottomCm + kFromEdgeCm), look) +
         fmt::format("set label {} at {} center rotate by 90 {}", Quoted(AxisText(figure.y)),
                     paper.At(kFromEdgeCm, bottom + PlotHeightCm(figure) / 2), look);
}

std::string Setup(const Figure& figure, const GnuplotTerminal& terminal) {
  const Paper paper{HeightCm(figure)};
  const auto size = [&](double cm) {
    return fmt::format("{:.5g}{}", cm * terminal.units_per_cm, terminal.unit);
  };
  return fmt::format(
             "set encoding utf8\n"
             "set terminal {} {} size {},{} noenhanced font 'Sans,{}' dashlength 3\n",
             terminal.name, terminal.options, size(kWidthCm), size(paper.height_cm),
             kSmallTextPt * terminal.font_scale) +
         Margins(figure, paper) + Names(figure, paper, terminal.font_scale) +
         fmt::format(
             "unset key\nset border {1} lw 0.5 lc {0}\n"
             "set tics nomirror out scale 0.4 textcolor {0}\n"
             "set xtics offset 0,0.4\nset ytics offset 0.5,0\n",
             Color(kInk), figure.y.hidden ? 1 : 3) +
         (figure.y.hidden ? "unset ytics\n" : "");
}

std::string Bound(const std::optional<double>& bound, const std::string& unit) {
  return bound ? fmt::format("{}", InShownUnit(*bound, unit)) : "*";
}

std::string AxisSetup(const std::string& name, const Axis& axis) {
  std::string text = fmt::format("set {}range [{}:{}]\n", name, Bound(axis.low, axis.unit),
                                 Bound(axis.high, axis.unit));
  if (axis.logarithmic) text += "set logscale " + name + "\n";
  if (axis.ticks.empty()) return text;
  std::vector<std::string> ticks;
  for (const double tick : axis.ticks) {
    ticks.push_back(fmt::format("{:g}", InShownUnit(tick, axis.unit)));
  }
  return text + "set " + name + "tics (" + Join(ticks, ",") + ")\n";
}

std::string Dash(const Look& look) {
  if (look.dash.empty()) return "dt solid";
  std::vector<std::string> lengths;
  for (const double length : look.dash) lengths.push_back(fmt::format("{}", length));
  return "dt (" + Join(lengths, ",") + ")";
}

// x, y, and where y's interval begins and ends.
std::string Block(const Figure& figure, const Series& series, std::size_t number) {
  std::string text = fmt::format("$s{} << END\n", number);
  for (const Point& point : series.points) {
    const auto y = [&](double value) { return InShownUnit(value, figure.y.unit); };
    const double halfwidth = point.halfwidth.value_or(0);
    text += fmt::format("{} {} {} {}\n", InShownUnit(point.x, figure.x.unit), y(point.y),
                        y(point.y - halfwidth), y(point.y + halfwidth));
  }
  return text + "END\n";
}

std::string Band(const Series& series, std::size_t number) {
  return fmt::format("$s{} using 1:3:4 with filledcurves fc {} fs transparent solid {} noborder",
                     number, Color(LookAt(series.look).color), kBandOpacity);
}

std::string LineOf(const Series& series) {
  const Look& look = LookAt(series.look);
  return fmt::format("lw {} lc {} {}", LineWidthPt(series), Color(look.color), Dash(look));
}

std::string MarkerOf(const Look& look) {
  constexpr double kPtAtSizeOne = 7;  // how wide gnuplot's markers are, about
  return fmt::format("pt {} ps {:.3f}", look.gnuplot_point, kMarkerPt / kPtAtSizeOne);
}

// What draws the series itself.
std::string Drawing(const Series& series, std::size_t number) {
  const Look& look = LookAt(series.look);
  switch (series.drawn) {
    case Drawn::kSteps:
      return fmt::format("$s{} using 1:2 with steps {}", number, LineOf(series));
    case Drawn::kPoints:
      return fmt::format(
          "$s{0} using 1:2:3:4 with yerrorbars lw 0.5 dt solid lc {1} ps 0, \\\n"
          "  $s{0} using 1:2 with points lc {1} {2}",
          number, Color(look.color), MarkerOf(look));
    default:
      break;
  }
  if (!HasMarkers(series)) {
    return fmt::format("$s{} using 1:2 with lines {}", number, LineOf(series));
  }
  return fmt::format("$s{} using 1:2 with linespoints {} {} pi {}", number, LineOf(series),
                     MarkerOf(look), MarkerStep(series));
}

std::string KeyText(const Figure& figure) {
  const KeyLayout key = KeyOf(figure);
  const Paper paper{HeightCm(figure)};
  const double left = (kWidthCm - key.column_cm * static_cast<double>(key.columns)) / 2;
  std::string text;
  for (std::size_t i = 0; i < key.entries.size(); ++i) {
    const Series& series = *key.entries[i];
    const Look& look = LookAt(series.look);
    const double x = left + key.column_cm * static_cast<double>(i % key.columns);
    const double y = key.height_cm - kKeyLineCm * (static_cast<double>(i / key.columns) + 0.5);
    if (series.drawn != Drawn::kPoints) {
      text += fmt::format("set arrow from {} to {} nohead {}\n", paper.At(x, y),
                          paper.At(x + kKeySampleCm, y), LineOf(series));
    }
    if (HasMarkers(series)) {
      text += fmt::format("set label '' at {} point lc {} {}\n", paper.At(x + kKeySampleCm / 2, y),
                          Color(look.color), MarkerOf(look));
    }
    text += fmt::format("set label {} at {} left textcolor {}\n", Quoted(series.label),
                        paper.At(x + kKeySampleCm + kKeyGapCm, y), Color(kInk));
  }
  return text;
}

std::string MarkText(const Figure& figure, const Mark& mark) {
  const char* const alignment = mark.right > 0 ? "left" : mark.right < 0 ? "right" : "center";
  const double aside = mark.up == 0 ? 0.7 : 0.3;
  return fmt::format("set label {} at {},{} {} offset character {},{} textcolor {} front\n",
                     Quoted(mark.text), InShownUnit(mark.x, figure.x.unit),
                     InShownUnit(mark.y, figure.y.unit), alignment, aside * mark.right,
                     0.6 * mark.up, Color(kInk));
}

// Arrows without heads: gnuplot's thick lines have a spike where they begin.
std::string BarText(const Figure& figure, const Series& series) {
  const auto place = [&](const Point& point) {
    return fmt::format("first {},{}", InShownUnit(point.x, figure.x.unit),
                       InShownUnit(point.y, figure.y.unit));
  };
  std::string text;
  for (std::size_t i = 1; i < series.points.size(); ++i) {
    text += fmt::format("set arrow from {} to {} nohead {}\n", place(series.points[i - 1]),
                        place(series.points[i]), LineOf(series));
  }
  return text;
}

std::string LinesText(const Figure& figure) {
  std::string text = AxisSetup("x", figure.x) + AxisSetup("y", figure.y);
  if (!figure.y.hidden) {
    text += fmt::format("set grid ytics lt 1 lw 0.5 lc {} dt solid\n", Color(kGridColor));
  }
  text += "set errorbars 0\n";
  text += KeyText(figure);
  for (const Mark& mark : figure.marks) text += MarkText(figure, mark);
  std::vector<std::string> drawings;
  for (std::size_t i = 0; i < figure.series.size(); ++i) {
    const Series& series = figure.series[i];
    if (series.drawn == Drawn::kBar) {
      text += BarText(figure, series);
      continue;
    }
    text += Block(figure, series, i);
    if (HasBand(series)) drawings.insert(drawings.begin(), Band(series, i));
    drawings.push_back(Drawing(series, i));
  }
  return text + "plot " + Join(drawings, ", \\\n  ") + "\n";
}

std::string Ticks(const std::string& axis, const std::vector<std::string>& names,
                  bool reversed = false) {
  std::vector<std::string> ticks;
  for (const std::size_t i : NamedPlaces(names)) {
    ticks.push_back(fmt::format("{} {}", Quoted(names[i]), i));
  }
  const double first = -0.5;
  const double last = static_cast<double>(names.size()) - 0.5;
  return fmt::format("set {0}tics ({1}) scale 0\nset {0}range [{2}:{3}]\n", axis, Join(ticks, ","),
                     reversed ? last : first, reversed ? first : last);
}

std::string MatrixText(const Matrix& matrix, double scale) {
  std::string text = "set border 0\n" + Ticks("x", matrix.columns) + Ticks("y", matrix.rows, true);
  std::string cells = "$cells << END\n";
  for (std::size_t row = 0; row < matrix.rows.size(); ++row) {
    for (std::size_t column = 0; column < matrix.columns.size(); ++column) {
      const std::optional<double>& value = matrix.cells[row][column];
      if (!value) continue;
      cells += fmt::format("{} {} {:.0f} 0x{} 0x{}\n", column, row, InShownUnit(*value, "fraction"),
                           ShadeOf(*value), TextColorOn(*value));
    }
  }
  text +=
      cells +
      "END\nplot $cells using 1:2:(0.5):(0.5):4 with boxxyerror fs solid noborder lc rgb variable";
  if (const double pt = CellTextPt(matrix); pt > 0) {
    text +=
        fmt::format(", $cells using 1:2:3:5 with labels font ',{}' tc rgb variable", pt * scale);
  }
  return text + "\n";
}

}  // namespace

std::string GnuplotScript(const Figure& figure, const GnuplotTerminal& terminal) {
  return Setup(figure, terminal) +
         (figure.matrix ? MatrixText(*figure.matrix, terminal.font_scale) : LinesText(figure));
}

}  // namespace plasticity
