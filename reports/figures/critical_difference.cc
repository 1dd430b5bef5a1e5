// Mean ranks over boards, and bars over what Nemenyi's test does not tell apart.
// Source: Demsar, JMLR 7, 2006, figure 1.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/board_text.h"
#include "reports/figure_kind.h"
#include "reports/look.h"
#include "reports/scores.h"
#include "reports/text_table.h"
#include "reports/words.h"

namespace plasticity {
namespace {

// A method's name and mean rank.
using Ranked = std::pair<double, std::string>;

// Heights, in lines of text above the axis.
constexpr double kBarStep = 0.5;
constexpr double kRoom = 0.8;
constexpr double kLineCm = 0.34;
constexpr double kTickCm = 0.6;  // from one to the next, so that their numbers stand apart

std::vector<Ranked> RankedOf(const Scores& scores) {
  const std::vector<double> ranks = AverageRanks(scores.ByBoard());
  std::vector<Ranked> ranked;
  for (std::size_t i = 0; i < ranks.size(); ++i) ranked.emplace_back(ranks[i], scores.rows[i]);
  std::sort(ranked.begin(), ranked.end());
  return ranked;
}

std::string Shown(const std::string& name) {
  constexpr int kLongest = 20;
  return Shortened(name, kLongest);
}

// The x-axis has the ranks in its middle and room for names on both sides.
Axis RankAxis(const std::vector<Ranked>& ranked) {
  double widest = 0;
  for (const auto& [rank, name] : ranked) {
    widest = std::max(widest, TextWidthCm(Shown(name), kSmallTextPt));
  }
  const double low = std::floor(ranked.front().first);
  const double high = std::max(low + 1, std::ceil(ranked.back().first));
  const double room_cm = widest + 2 * kKeyGapCm;
  const double per_cm = (high - low) / (kPlotWidthCm - 2 * room_cm);
  Axis axis{.label = "mean rank", .low = low - room_cm * per_cm, .high = high + room_cm * per_cm};
  const double step = std::max(1.0, std::ceil(kTickCm * per_cm));
  for (double tick = low; tick <= high; tick += step) axis.ticks.push_back(tick);
  return axis;
}

void AddLine(Figure& figure, Drawn drawn, const std::vector<Point>& points) {
  figure.series.push_back({.drawn = drawn, .points = points});
}

// A bar over each longest run of ranks that are not told apart; the height above them.
double AddBars(Figure& figure, const std::vector<Ranked>& ranked, double difference) {
  std::vector<double> ranks;
  for (const auto& [rank, name] : ranked) ranks.push_back(rank);
  constexpr double kBeyond = 0.006;  // of the axis, so that a bar is seen to reach its stems
  const double beyond = kBeyond * (*figure.x.high - *figure.x.low);
  double height = kRoom;
  for (const auto& [first, last] : RankGroups(ranks, difference)) {
    AddLine(figure, Drawn::kBar,
            {{.x = ranks[static_cast<std::size_t>(first)] - beyond, .y = height},
             {.x = ranks[static_cast<std::size_t>(last)] + beyond, .y = height}});
    height += kBarStep;
  }
  return height;
}

// From each rank up and to its name: the better half to the left, so that no lines cross the one
// that is nearest to its side lowest. Returns the height above them.
double AddStems(Figure& figure, const std::vector<Ranked>& ranked, double height) {
  const std::size_t left = (ranked.size() + 1) / 2;
  const auto add = [&](const Ranked& method, std::size_t line, double edge, int side) {
    const double y = height + static_cast<double>(line);
    AddLine(figure, Drawn::kStroke,
            {{.x = method.first, .y = 0}, {.x = method.first, .y = y}, {.x = edge, .y = y}});
    figure.marks.push_back({.x = edge, .y = y, .text = Shown(method.second), .right = side});
  };
  for (std::size_t i = 0; i < left; ++i) add(ranked[i], i, figure.x.ticks.front(), -1);
  for (std::size_t i = left; i < ranked.size(); ++i) {
    add(ranked[i], ranked.size() - 1 - i, std::max(ranked.back().first, figure.x.ticks.back()), 1);
  }
  return height + static_cast<double>(left);
}

// A bar of the difference's length from the first tick on, as far as there is room.
void AddDifference(Figure& figure, double difference, double height) {
  const double low = figure.x.ticks.front();
  const double high = std::min(low + difference, *figure.x.high);
  AddLine(figure, Drawn::kBar, {{.x = low, .y = height}, {.x = high, .y = height}});
  figure.marks.push_back({.x = low,
                          .y = height,
                          .text = fmt::format("critical difference {:.2f}{}", difference,
                                              low + difference > high ? ", longer than this" : ""),
                          .right = 1,
                          .up = 1});
}

Figure Diagram(const Scores& scores, const std::vector<Ranked>& ranked) {
  const double difference =
      CriticalDifference(static_cast<int>(ranked.size()), static_cast<int>(scores.boards.size()));
  Figure figure;
  figure.name = "boards";
  figure.title = Plural(scores.boards.size(), "board");
  figure.x = RankAxis(ranked);
  double height = AddStems(figure, ranked, AddBars(figure, ranked, difference) + kRoom / 2);
  AddDifference(figure, difference, height);
  height += 2 * kRoom;
  figure.y = {.low = 0, .high = height, .hidden = true};
  figure.height_cm = kLineCm * height;
  figure.caption = "mean ranks over " + scores.BoardsInWords() + " (mean of " +
                   Plural(scores.seeds.size(), "seed") +
                   "); a thick bar joins what Nemenyi's test does not tell apart at 5 %";
  return figure;
}

class CriticalDifferenceFigure final : public FigureKind {
 public:
  std::vector<Figure> Figures(const ResultSet& results,
                              const FigureOptions& options) const override {
    const std::optional<Scores> scores = ScoresOf(results, options.metric, options.level);
    if (!scores || scores->boards.size() < 2) return {};
    Figure figure = Diagram(*scores, RankedOf(*scores));
    const Friedman test = FriedmanTest(scores->ByBoard());
    figure.notes.push_back(fmt::format(
        "All alike? Iman and Davenport's F = {:.2f}, p = {:.3g}.{}", test.f, test.p_f,
        test.p_f < 0.05 ? "" : " Not told apart, so the bars are not to be read as groups."));
    std::vector<Row> rows;
    for (const ScoredBoard& one : scores->boards) {
      rows.insert(rows.end(), one.board->rows.begin(), one.board->rows.end());
    }
    figure.provenance = ProvenanceOf({.rows = std::move(rows)});
    return {figure};
  }
};
const bool added = AddFigureKind<CriticalDifferenceFigure>(
    "critical-difference", {.summary = "mean ranks over at least two boards that have floor and "
                                       "ceiling, and what is not told apart"});

}  // namespace
}  // namespace plasticity
