#include "reports/page/record_curves.h"

#include <algorithm>
#include <array>

#include "reports/look.h"

namespace plasticity {

bool IsCurve(const Record& record) {
  constexpr std::array<std::string_view, 5> kAlong = {"epoch", "step", "look", "after", "share"};
  return record.axes.size() == 1 && record.values.size() > 1 &&
         std::find(kAlong.begin(), kAlong.end(), record.axes.front()) != kAlong.end();
}

Figure RecordFigure(const std::string& title,
                    const std::vector<std::pair<std::string, const Record*>>& curves) {
  const Record& first = *curves.front().second;
  Figure figure{.title = title, .x = {.label = first.axes.front()}, .y = {.unit = first.unit}};
  for (const auto& [label, record] : curves) {
    const int count = static_cast<int>(figure.series.size());
    Series series{.label = label, .look = count < LookCount() ? count : kFaint};
    double x = 0;
    for (const double value : record->values.flat())
      series.points.push_back({.x = ++x, .y = value});
    figure.series.push_back(std::move(series));
  }
  return figure;
}

}  // namespace plasticity
