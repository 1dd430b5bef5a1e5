#include "reports/page/nights_page.h"

#include <algorithm>
#include <limits>

#include "reports/nights.h"
#include "reports/page/inline_svg.h"
#include "reports/words.h"

namespace plasticity {
namespace {

constexpr std::size_t kInTable = 7;  // nights, the last first

Table LastNights(const std::vector<RowHistory>& rows, const std::vector<std::string>& names) {
  const std::size_t first = names.size() - std::min(names.size(), kInTable);
  std::vector<Column> columns = {{.heading = "row"},
                                 {.key = "board", .heading = "board"},
                                 {.key = "metric", .heading = "metric"},
                                 {.key = "seeds", .heading = "seeds"}};
  for (std::size_t night = names.size(); night-- > first;) {
    columns.push_back(
        {.key = "night" + std::to_string(night + 1), .heading = names[night], .unit = "fraction"});
  }
  std::vector<std::vector<TableCell>> cells;
  for (const RowHistory& row : rows) {
    cells.push_back({row.row, row.board, row.metric, SeedsText(row.seeds)});
    for (std::size_t night = names.size(); night-- > first;) {
      const std::optional<double>& mean = row.means[night];
      cells.back().push_back(mean ? TableCell(Number{.value = *mean, .unit = row.unit})
                                  : TableCell());
    }
  }
  return PlainTable(names.size() > kInTable ? "The last nights" : "All nights", std::move(columns),
                    std::move(cells));
}

Figure Chart(const RowHistory& row) {
  Figure figure{.title = row.row + ", " + row.board + ", " + row.metric,
                .x = {.label = "night"},
                .y = {.unit = row.unit}};
  Series series;
  for (std::size_t night = 0; night < row.means.size(); ++night) {
    series.points.push_back(
        {.x = static_cast<double>(night + 1),
         .y = row.means[night].value_or(std::numeric_limits<double>::quiet_NaN())});
  }
  figure.series.push_back(std::move(series));
  return figure;
}

}  // namespace

std::string NightsPage(const Place& place, const std::vector<std::vector<Result>>& nights) {
  const std::vector<std::string> names = NightNames(nights);
  const std::vector<RowHistory> rows = HistoryOf(nights);
  std::string body = "<p>" + Plural(nights.size(), "night") + ", from " + names.front() + " to " +
                     names.back() +
                     ". A mean is over the seeds that all of a row's nights have.</p>\n" +
                     SectionOf(LastNights(rows, names));
  std::string charts;
  for (const RowHistory& row : rows) charts += InlineSvg(Chart(row));
  if (!charts.empty()) {
    body += "<section>\n<h2>Over the nights</h2>\n<div class=\"charts\">\n" + charts +
            "</div>\n</section>\n";
  }
  return PageOf(place, "Nights", body);
}

}  // namespace plasticity
