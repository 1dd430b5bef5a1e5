#include "reports/page/inline_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/format.h"
#include "reports/html.h"
#include "reports/look.h"

namespace plasticity {
namespace {

// Of the picture, in units of its own; the page scales it.
constexpr double kWidth = 480;
constexpr double kHeight = 240;
constexpr double kLeft = 64;
constexpr double kRight = 12;
constexpr double kTop = 12;
constexpr double kBottom = 40;

// Least and most of some values.
struct Range {
  double low = 0;
  double high = 0;
  bool empty = true;

  void Add(double value) {
    low = empty ? value : std::min(low, value);
    high = empty ? value : std::max(high, value);
    empty = false;
  }
  double size() const { return high - low; }
};

// From data to the picture.
struct Frame {
  Range x, y;

  double X(double value) const {
    return kLeft + (value - x.low) / x.size() * (kWidth - kLeft - kRight);
  }
  double Y(double value) const {
    return kTop + (y.high - value) / y.size() * (kHeight - kTop - kBottom);
  }
};

Frame FrameOf(const Figure& figure) {
  Frame frame;
  for (const Series& series : figure.series) {
    for (const Point& point : series.points) {
      if (!std::isfinite(point.y)) continue;
      frame.x.Add(point.x);
      frame.y.Add(point.y);
    }
  }
  const double flat = std::max(1e-9, 0.1 * std::abs(frame.y.high));
  const double margin = frame.y.size() > 0 ? 0.05 * frame.y.size() : flat;
  frame.y.low -= margin;
  frame.y.high += margin;
  return frame;
}

// 1, 2 or 5 times a power of ten, so that there are about `count` steps.
double StepOf(double range, int count) {
  const double rough = range / count;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) return factor * power;
  }
  return 10 * power;
}

// The round values from low to high.
std::vector<double> Ticks(const Range& range, int count) {
  const double step = StepOf(range.size(), count);
  std::vector<double> ticks;
  const double end = std::floor(range.high / step);
  for (double i = std::ceil(range.low / step); i <= end; ++i) ticks.push_back(i * step);
  return ticks;
}

std::string Text(double x, double y, const char* anchor, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                     HtmlEscaped(text));
}

std::string Axes(const Figure& figure, const Frame& frame) {
  std::string svg = "<g class=\"grid\">\n";
  for (const double y : Ticks(frame.y, 4)) {
    svg += fmt::format("<path d=\"M{:.1f} {:.1f}H{:.1f}\"/>\n", kLeft, frame.Y(y), kWidth - kRight);
    svg += Text(kLeft - 6, frame.Y(y) + 4, "end", fmt::format("{:.4g}", y));
  }
  for (const double x : Ticks(frame.x, 6)) {
    svg += Text(frame.X(x), kHeight - kBottom + 16, "middle", fmt::format("{:.4g}", x));
  }
  svg += Text((kLeft + kWidth - kRight) / 2, kHeight - 6, "middle",
              AxisText(figure.x) + (figure.y.unit.empty() ? "" : "; values in " + figure.y.unit));
  return svg + "</g>\n";
}

std::string Path(const Series& series, const Frame& frame) {
  std::string path;
  bool down = false;
  for (const Point& point : series.points) {
    const bool there = std::isfinite(point.y);
    if (there) {
      path += fmt::format("{}{:.1f} {:.1f}", down ? "L" : "M", frame.X(point.x), frame.Y(point.y));
    }
    down = there;
  }
  return path;
}

}  // namespace

std::string InlineSvg(const Figure& figure) {
  const Frame frame = FrameOf(figure);
  if (frame.x.size() <= 0) return "";
  std::string svg =
      fmt::format("<figure>\n<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n", kWidth,
                  kHeight, HtmlEscaped("Lines over " + figure.x.label + ": " + figure.title));
  svg += Axes(figure, frame);
  std::string key;
  for (const Series& series : figure.series) {
    const std::string look = series.look == kFaint ? "faint" : std::to_string(series.look);
    svg += fmt::format("<path class=\"line line-{}\" d=\"{}\"/>\n", look, Path(series, frame));
    if (series.label.empty()) continue;
    key += fmt::format("<li><span class=\"key key-{}\" aria-hidden=\"true\"></span>{}</li>\n", look,
                       HtmlEscaped(series.label));
  }
  if (!key.empty()) key = "<ul class=\"legend\">\n" + key + "</ul>";
  return svg + "</svg>\n<figcaption>" + HtmlEscaped(figure.title) + key +
         "</figcaption>\n</figure>\n";
}

}  // namespace plasticity
