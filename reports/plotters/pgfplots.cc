// A tikzpicture to \input, in the document's own font. Needs the package pgfplots.
#include <fmt/format.h>

#include "reports/format.h"
#include "reports/latex_text.h"
#include "reports/look.h"
#include "reports/plotter.h"
#include "reports/text_table.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

// The colour inline, so that the file defines nothing.
std::string Color(const std::string& hex) {
  const auto part = [&](std::size_t at) { return std::stoi(hex.substr(at, 2), nullptr, 16); };
  return fmt::format("{{rgb,255:red,{};green,{};blue,{}}}", part(0), part(2), part(4));
}

std::string Dash(const Look& look) {
  if (look.dash.empty()) return "solid";
  std::string pattern = "dash pattern=";
  for (std::size_t i = 0; i < look.dash.size(); ++i) {
    pattern += fmt::format("{} {}pt ", i % 2 == 0 ? "on" : "off", look.dash[i]);
  }
  pattern.pop_back();
  return pattern;
}

std::string Size(double pt) { return fmt::format("\\fontsize{{{}}}{{{}}}\\selectfont", pt, pt); }

std::string Place(const Figure& figure, double x, double y) {
  return fmt::format("({},{})", InShownUnit(x, figure.x.unit), InShownUnit(y, figure.y.unit));
}

// What both kinds of figure say of their axis environment. Names and numbers are as large as the
// document's own.
std::vector<std::string> Settings(const Figure& figure) {
  return {"scale only axis",
          fmt::format("width={:.2f}cm", kPlotWidthCm),
          fmt::format("height={:.2f}cm", PlotHeightCm(figure)),
          "title={" + LatexEscaped(figure.title) + "}",
          "xlabel={" + LatexEscaped(AxisText(figure.x)) + "}",
          "ylabel={" + LatexEscaped(AxisText(figure.y)) + "}",
          "title style={font=\\footnotesize}",
          "label style={font=\\footnotesize}",
          "tick label style={font=\\scriptsize}",
          "tick align=outside",
          "tick pos=left"};
}

void AddAxis(std::vector<std::string>& settings, const std::string& name, const Axis& axis) {
  if (axis.logarithmic) settings.push_back(name + "mode=log,log ticks with fixed point");
  if (axis.low)
    settings.push_back(fmt::format("{}min={}", name, InShownUnit(*axis.low, axis.unit)));
  if (axis.high) {
    settings.push_back(fmt::format("{}max={}", name, InShownUnit(*axis.high, axis.unit)));
  }
  if (axis.ticks.empty()) return;
  std::vector<std::string> ticks;
  for (const double tick : axis.ticks) {
    ticks.push_back(fmt::format("{:g}", InShownUnit(tick, axis.unit)));
  }
  settings.push_back(name + "tick={" + Join(ticks, ",") + "}");
  settings.push_back(name + "ticklabels={" + Join(ticks, ",") + "}");
}

// The intervals' outline: along their upper ends, and back.
std::string Band(const Figure& figure, const Series& series) {
  std::string upper, lower;
  for (const Point& point : series.points) {
    const double halfwidth = point.halfwidth.value_or(0);
    upper += Place(figure, point.x, point.y + halfwidth);
    lower = Place(figure, point.x, point.y - halfwidth) + lower;
  }
  return fmt::format(
      "\\addplot[draw=none,fill={},fill opacity={},forget plot] coordinates {{{}}} -- cycle;\n",
      Color(LookAt(series.look).color), kBandOpacity, upper + lower);
}

std::string Drawing(const Figure& figure, const Series& series) {
  const Look& look = LookAt(series.look);
  std::string options =
      fmt::format("color={},line width={}pt,mark={},mark size={}pt", Color(look.color),
                  LineWidthPt(series), HasMarkers(series) ? look.pgf_mark : "none", kMarkerPt / 2);
  options += ",mark options={solid}";
  const bool points = series.drawn == Drawn::kPoints;
  if (series.drawn == Drawn::kCurve) options += fmt::format(",mark repeat={}", MarkerStep(series));
  options += points ? ",only marks" : "," + Dash(look);
  if (series.drawn == Drawn::kSteps) options += ",const plot";
  if (series.label.empty()) options += ",forget plot";
  if (points) options += ",error bars/.cd,y dir=both,y explicit,error mark=none";
  std::string text = "\\addplot[" + options + "] coordinates {";
  for (const Point& point : series.points) {
    text += Place(figure, point.x, point.y);
    if (points) {
      text += fmt::format(" +- (0,{}) ", InShownUnit(point.halfwidth.value_or(0), figure.y.unit));
    }
  }
  text += "};\n";
  if (!series.label.empty()) text += "\\addlegendentry{" + LatexEscaped(series.label) + "}\n";
  return text;
}

// The side of the text that its place is on.
std::string AnchorOf(const Mark& mark) {
  const std::string upright = mark.up > 0 ? "south" : mark.up < 0 ? "north" : "";
  const std::string across = mark.right > 0 ? "west" : mark.right < 0 ? "east" : "";
  return upright + (upright.empty() || across.empty() ? "" : " ") + across;
}

std::string Lines(const Figure& figure) {
  std::vector<std::string> settings = Settings(figure);
  AddAxis(settings, "x", figure.x);
  AddAxis(settings, "y", figure.y);
  settings.push_back(figure.y.hidden ? "axis x line=bottom,axis y line=none" : "axis lines=left");
  settings.push_back("axis line style={-}");
  if (!figure.y.hidden) settings.push_back("ymajorgrids");
  settings.push_back("grid style={draw=" + Color(kGridColor) + "}");
  settings.push_back(
      fmt::format("legend columns={}", std::max<std::size_t>(1, KeyOf(figure).columns)));
  settings.push_back("legend style={draw=none,at={(0.5,-0.28)},anchor=north,font=\\scriptsize}");
  settings.push_back(
      "legend cell align=left,/tikz/every even column/.append style={column sep=2mm}");
  std::string text = "\\begin{axis}[" + Join(settings, ",\n  ") + "]\n";
  for (const Series& series : figure.series) {
    if (HasBand(series)) text += Band(figure, series);
  }
  for (const Series& series : figure.series) text += Drawing(figure, series);
  for (const Mark& mark : figure.marks) {
    text += fmt::format("\\node[anchor={},font=\\scriptsize] at (axis cs:{},{}) {{{}}};\n",
                        AnchorOf(mark), InShownUnit(mark.x, figure.x.unit),
                        InShownUnit(mark.y, figure.y.unit), LatexEscaped(mark.text));
  }
  return text + "\\end{axis}\n";
}

void AddNames(std::vector<std::string>& settings, const std::string& axis,
              const std::vector<std::string>& names) {
  std::vector<std::string> places, labels;
  for (const std::size_t i : NamedPlaces(names)) {
    places.push_back(std::to_string(i));
    labels.push_back(LatexEscaped(names[i]));
  }
  settings.push_back(axis + "tick={" + Join(places, ",") + "}");
  settings.push_back(axis + "ticklabels={" + Join(labels, ",") + "}");
  settings.push_back(fmt::format("{0}min=-0.5,{0}max={1}.5", axis, names.size() - 1));
}

std::string Cells(const Figure& figure) {
  const Matrix& matrix = *figure.matrix;
  std::vector<std::string> settings = Settings(figure);
  AddNames(settings, "x", matrix.columns);
  AddNames(settings, "y", matrix.rows);
  settings.emplace_back("y dir=reverse,axis line style={draw=none},tick style={draw=none}");
  std::string text = "\\begin{axis}[" + Join(settings, ",\n  ") + "]\n";
  const double pt = CellTextPt(matrix);
  for (std::size_t row = 0; row < matrix.rows.size(); ++row) {
    for (std::size_t column = 0; column < matrix.columns.size(); ++column) {
      const std::optional<double>& value = matrix.cells[row][column];
      if (!value) continue;
      text += fmt::format("\\fill[fill={}] (axis cs:{},{}) rectangle (axis cs:{},{});\n",
                          Color(ShadeOf(*value)), static_cast<double>(column) - 0.5,
                          static_cast<double>(row) - 0.5, static_cast<double>(column) + 0.5,
                          static_cast<double>(row) + 0.5);
      if (pt == 0) continue;
      text += fmt::format("\\node[text={},font={},inner sep=0pt] at (axis cs:{},{}) {{{:.0f}}};\n",
                          Color(TextColorOn(*value)), Size(pt), column, row,
                          InShownUnit(*value, "fraction"));
    }
  }
  return text + "\\end{axis}\n";
}

class Pgfplots final : public Plotter {
 public:
  std::string Plot(const Figure& figure, const std::string& command) const override {
    std::string text = "% \\usepackage{pgfplots}\n% \\pgfplotsset{compat=1.18}\n";
    if (!command.empty()) text += "% made by " + Printable(command) + "\n";
    text += "% " + Printable(figure.title + ": " + figure.caption) + ".\n";
    for (const std::string& note : figure.notes) text += "% " + Printable(note) + "\n";
    text += "% " + Printable(figure.provenance) + "\n\\begin{tikzpicture}\n";
    return text + (figure.matrix ? Cells(figure) : Lines(figure)) + "\\end{tikzpicture}\n";
  }
};
const bool added = AddPlotter<Pgfplots>("pgfplots", ".tex", "pgfplots, for LaTeX to draw");

}  // namespace
}  // namespace plasticity
