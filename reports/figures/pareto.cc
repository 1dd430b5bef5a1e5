// A metric against what it cost, a point a row, and the front: what nothing cheaper is better than.
#include <algorithm>
#include <cmath>

#include "reports/entries.h"
#include "reports/figure_kind.h"
#include "reports/figures/curves.h"
#include "reports/figures/place_marks.h"

namespace plasticity {
namespace {

// A cost to draw against, of one cell.
struct CostAxis {
  std::string label;
  std::string unit;
  std::optional<double> (*value)(const Cost&);
};

std::optional<double> Time(const Cost& cost) {
  const auto found = cost.wall_s.find("total");
  return found == cost.wall_s.end() ? std::nullopt : std::optional(found->second);
}

std::optional<double> Images(const Cost& cost) { return static_cast<double>(cost.samples_seen); }

std::optional<double> Memory(const Cost& cost) {
  return cost.peak_host_bytes ? std::optional(static_cast<double>(*cost.peak_host_bytes))
                              : std::nullopt;
}

std::optional<double> DeviceMemory(const Cost& cost) {
  return cost.peak_device_bytes ? std::optional(static_cast<double>(*cost.peak_device_bytes))
                                : std::nullopt;
}

std::optional<double> TeraFlops(const Cost& cost) {
  if (!cost.flops_learn_per_image) return std::nullopt;
  return 1e-12 * *cost.flops_learn_per_image * static_cast<double>(cost.samples_seen);
}

const std::map<std::string, CostAxis>& Costs() {
  static const std::map<std::string, CostAxis> costs = {
      {"device-memory", {"peak device memory", "bytes", DeviceMemory}},
      {"flops", {"arithmetic of learning", "TFLOP", TeraFlops}},
      {"images", {"images seen", "count", Images}},
      {"memory", {"peak memory", "bytes", Memory}},
      {"time", {"time of a run", "s", Time}}};
  return costs;
}

// A row in the plane.
struct Place {
  const Row* row;
  Point point;
  bool on_front = false;
};

// From the cheapest to the best: marks those on the front. Equal costs: the best first.
void MarkFront(std::vector<Place>& places, bool higher_is_better) {
  const double sign = higher_is_better ? 1 : -1;
  std::sort(places.begin(), places.end(), [&](const Place& a, const Place& b) {
    return a.point.x != b.point.x ? a.point.x < b.point.x : sign * a.point.y > sign * b.point.y;
  });
  std::optional<double> best;
  for (Place& place : places) {
    place.on_front = !best || sign * place.point.y > *best;
    if (place.on_front) best = sign * place.point.y;
  }
}

// Makes the axis reach a little beyond these values.
void Fit(Axis& axis, double low, double high) {
  constexpr double kRoom = 0.08;  // for names, too
  if (low == high) {
    axis.low = low - 1;
    axis.high = high + 1;
  } else if (axis.logarithmic) {
    axis.low = low * std::pow(low / high, kRoom);
    axis.high = high * std::pow(high / low, kRoom);
  } else {
    axis.low = low - kRoom * (high - low);
    axis.high = high + kRoom * (high - low);
  }
}

void FitAxes(Figure& figure, const std::vector<Place>& places) {
  std::vector<double> xs, ys;
  for (const Place& place : places) {
    const double halfwidth = place.point.halfwidth.value_or(0);
    xs.push_back(place.point.x);
    ys.push_back(place.point.y - halfwidth);
    ys.push_back(place.point.y + halfwidth);
  }
  const auto [left, right] = std::minmax_element(xs.begin(), xs.end());
  const auto [below, above] = std::minmax_element(ys.begin(), ys.end());
  constexpr double kManyTimes = 8;
  figure.x.logarithmic = *left > 0 && *right / *left > kManyTimes;
  Fit(figure.x, *left, *right);
  Fit(figure.y, *below, *above);
}

// The front as steps to the right edge, then what lies behind it, then its points.
void AddSeries(Figure& figure, const std::vector<Place>& places) {
  constexpr int kFrontLook = 1;
  constexpr int kBehindLook = 7;
  constexpr int kBaselineLook = 0;
  Series steps{.label = "front", .drawn = Drawn::kSteps, .look = kFrontLook};
  Series on{.drawn = Drawn::kPoints, .look = kFrontLook};
  Series behind{.label = "behind it", .drawn = Drawn::kPoints, .look = kBehindLook};
  Series baselines{.label = "baselines", .drawn = Drawn::kPoints, .look = kBaselineLook};
  for (const Place& place : places) {
    if (place.on_front) steps.points.push_back({.x = place.point.x, .y = place.point.y});
    Series& series = place.row->baseline ? baselines : place.on_front ? on : behind;
    series.points.push_back(place.point);
  }
  steps.points.push_back({.x = *figure.x.high, .y = steps.points.back().y});
  for (Series* series : {&steps, &behind, &baselines, &on}) {
    if (!series->points.empty()) figure.series.push_back(std::move(*series));
  }
}

// Names: the front's and the baselines' first, then the best.
void AddMarks(Figure& figure, std::vector<Place> places, bool higher_is_better) {
  std::stable_sort(places.begin(), places.end(), [&](const Place& a, const Place& b) {
    const auto order = [&](const Place& place) {
      return std::tuple(!place.on_front && !place.row->baseline,
                        (higher_is_better ? -1 : 1) * place.point.y);
    };
    return order(a) < order(b);
  });
  std::vector<Mark> wanted;
  for (const Place& place : places) {
    wanted.push_back({.x = place.point.x, .y = place.point.y, .text = place.row->label});
  }
  figure.marks = PlaceMarks(figure, wanted);
  std::vector<std::string> nameless;
  for (const Mark& mark : wanted) {
    const bool placed = std::any_of(figure.marks.begin(), figure.marks.end(),
                                    [&](const Mark& other) { return other.text == mark.text; });
    if (!placed) nameless.push_back(mark.text);
  }
  if (!nameless.empty()) {
    figure.notes.push_back("Drawn without their names, for want of room: " + Join(nameless, ", ") +
                           ".");
  }
}

class Pareto final : public FigureKind {
 public:
  std::vector<Figure> Figures(const ResultSet& results,
                              const FigureOptions& options) const override {
    const std::string against = options.against.empty() ? "time" : options.against;
    const CostAxis& cost = EntryNamed(Costs(), "cost", against);
    std::vector<Figure> figures;
    for (const Board& board : results.boards()) {
      if (!options.metric.empty() && !HasMetric(board, options.metric)) continue;
      const MetricInfo metric = InfoOf(board, options.metric);
      const std::vector<MeasuredRow> ranked = RankedRows(board, metric, options.level);
      std::vector<Place> places = PlacesOf(ranked, cost);
      if (places.size() < 2) continue;
      MarkFront(places, metric.higher_is_better);
      Figure figure = BoardFigure(results, board, metric, ranked, options.level);
      figure.x = {.label = cost.label, .unit = cost.unit};
      figure.y = {.label = MetricInWords(metric.name), .unit = metric.unit};
      FitAxes(figure, places);
      AddSeries(figure, places);
      AddMarks(figure, places, metric.higher_is_better);
      figure.caption = MetricInWords(metric.name) + " against " + cost.label +
                       ", means over the seeds; front: what nothing cheaper is better than";
      figures.push_back(std::move(figure));
    }
    return figures;
  }

 private:
  static std::vector<Place> PlacesOf(const std::vector<MeasuredRow>& rows, const CostAxis& cost) {
    std::vector<Place> places;
    for (const MeasuredRow& row : rows) {
      const std::optional<double> x = MeanCost(*row.row, cost.value);
      if (!x || !row.value.mean) continue;
      places.push_back(
          {row.row, {.x = *x, .y = *row.value.mean, .halfwidth = row.value.halfwidth}});
    }
    return places;
  }
};
const bool added = AddFigureKind<Pareto>(
    "pareto", {.summary = "a metric against what it cost, with the front", .against_costs = true});

}  // namespace
}  // namespace plasticity
