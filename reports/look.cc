#include "reports/look.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "reports/format.h"
#include "reports/text_table.h"

namespace plasticity {
namespace {

const std::array<Look, 8> kLooks = {{{"000000", {}, 7, "*"},
                                     {"0072B2", {6, 1.5}, 5, "square*"},
                                     {"D55E00", {2.5, 1.2}, 9, "triangle*"},
                                     {"009E73", {6, 1.5, 1, 1.5}, 13, "diamond*"},
                                     {"CC79A7", {1, 1}, 6, "o"},
                                     {"E69F00", {9, 1.5, 3, 1.5}, 4, "square"},
                                     {"56B4E9", {4, 1, 1, 1, 1, 1}, 8, "triangle"},
                                     {"777777", {2, 2}, 12, "diamond"}}};
const Look kFaintLook = {"CCCCCC", {}, 0, "none", 0.5};

double CellCm(const Matrix& matrix) {
  return kPlotWidthCm / static_cast<double>(matrix.columns.size());
}

}  // namespace

int LookCount() { return static_cast<int>(kLooks.size()); }

const Look& LookAt(int look) {
  return look == kFaint ? kFaintLook : kLooks.at(static_cast<std::size_t>(look));
}

std::string ShadeOf(double share) {
  // White, the palette's blue, and a darker one, each its share from the one before.
  constexpr std::array<std::array<double, 3>, 3> kColors = {
      {{255, 255, 255}, {0, 114, 178}, {0, 40, 70}}};
  const double place = 2 * std::clamp(share, 0.0, 1.0);
  const std::size_t below = place < 1 ? 0 : 1;
  const double part = place - static_cast<double>(below);
  std::string color;
  for (std::size_t i = 0; i < 3; ++i) {
    const double value = kColors[below][i] + part * (kColors[below + 1][i] - kColors[below][i]);
    color += fmt::format("{:02X}", std::lround(value));
  }
  return color;
}

std::string TextColorOn(double share) { return share > 0.35 ? "FFFFFF" : kInk; }

double PlotHeightCm(const Figure& figure) {
  if (!figure.matrix) return figure.height_cm.value_or(kPlotHeightCm);
  return CellCm(*figure.matrix) * static_cast<double>(figure.matrix->rows.size());
}

KeyLayout KeyOf(const Figure& figure) {
  KeyLayout key;
  for (const Series& series : figure.series) {
    if (series.label.empty()) continue;
    key.entries.push_back(&series);
    key.column_cm = std::max(key.column_cm, TextWidthCm(series.label, kSmallTextPt));
  }
  if (key.entries.empty()) return key;
  constexpr std::size_t kMost = 4;
  key.column_cm += kKeySampleCm + 2 * kKeyGapCm;
  key.columns = std::clamp<std::size_t>(static_cast<std::size_t>(kWidthCm / key.column_cm), 1,
                                        std::min(kMost, key.entries.size()));
  const std::size_t rows = (key.entries.size() + key.columns - 1) / key.columns;
  key.height_cm = kKeyLineCm * static_cast<double>(rows) + 0.1;  // a little below it
  return key;
}

double HeightCm(const Figure& figure) {
  return kTopCm + PlotHeightCm(figure) + kBottomCm + KeyOf(figure).height_cm;
}

double TextWidthCm(std::string_view text, double pt) {
  constexpr double kCmAPoint = 2.54 / 72;
  constexpr double kLetter = 0.6;  // of the font's size, for a wide sans-serif
  return kLetter * pt * kCmAPoint * DisplayWidth(text);
}

double CellTextPt(const Matrix& matrix) {
  constexpr double kLeast = 3.5;
  const double fits = kSmallTextPt * CellCm(matrix) / TextWidthCm("0000", kSmallTextPt);
  return fits < kLeast ? 0 : std::min<double>(fits, kSmallTextPt);
}

bool HasBand(const Series& series) {
  return series.drawn == Drawn::kCurve && series.look != kFaint &&
         std::any_of(series.points.begin(), series.points.end(),
                     [](const Point& point) { return point.halfwidth.has_value(); });
}

bool HasMarkers(const Series& series) {
  const bool plain = series.drawn != Drawn::kCurve && series.drawn != Drawn::kPoints;
  return series.look != kFaint && !plain;
}

double LineWidthPt(const Series& series) {
  constexpr double kBarWidth = 3;  // lines
  return LookAt(series.look).line_pt * (series.drawn == Drawn::kBar ? kBarWidth : 1);
}

std::size_t MarkerStep(const Series& series) {
  constexpr std::size_t kMarkers = 12;
  return 1 + series.points.size() / kMarkers;
}

std::vector<std::size_t> NamedPlaces(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 15;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < names.size(); i += 1 + names.size() / kMost) places.push_back(i);
  return places;
}

std::string AxisText(const Axis& axis) {
  const std::string unit = ShownUnit(axis.unit);
  return unit.empty() ? axis.label : axis.label + " (" + unit + ")";
}

}  // namespace plasticity
