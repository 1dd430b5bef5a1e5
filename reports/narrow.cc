#include "reports/narrow.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "reports/format.h"
#include "reports/text_table.h"

namespace plasticity {
namespace {

int ColumnWidth(const Table& table, std::size_t column) {
  if (table.columns[column].redundant) return 0;
  int width = DisplayWidth(HeadingText(table.columns[column], false));
  for (const std::string& text : ColumnTexts(table, column)) {
    width = std::max(width, DisplayWidth(text));
  }
  return width + 2;
}

// Leaves out columns that are at least so expendable.
void LeaveOut(Table& table, int width, int expendable, std::vector<std::string>& left_out) {
  while (WidthOf(table) > width) {
    const auto worst =
        std::max_element(table.columns.begin(), table.columns.end(),
                         [](const auto& a, const auto& b) { return a.expendable < b.expendable; });
    if (worst->expendable < expendable) return;
    if (!worst->redundant) left_out.push_back(HeadingText(*worst, false));
    const auto place = worst - table.columns.begin();
    for (TableRow& row : table.rows) row.cells.erase(row.cells.begin() + place);
    table.columns.erase(worst);
  }
}

// Whether labels that differ do so when they are shortened.
bool StayApart(const std::vector<std::string>& labels, int width) {
  std::set<std::string> shortened;
  for (const std::string& label : labels) shortened.insert(Shortened(label, width));
  return shortened.size() == std::set<std::string>(labels.begin(), labels.end()).size();
}

// Shortens the rows' labels to no less than `least`, nor than what tells them apart.
void ShortenLabels(Table& table, int width, int least) {
  const int excess = WidthOf(table) - width;
  const auto label = std::find_if(table.columns.begin(), table.columns.end(),
                                  [](const Column& column) { return column.key == "row"; });
  if (excess <= 0 || label == table.columns.end()) return;
  const auto place = static_cast<std::size_t>(label - table.columns.begin());
  const std::vector<std::string> labels = ColumnTexts(table, place);
  int room = std::max(least, ColumnWidth(table, place) - 2 - excess);
  while (!StayApart(labels, room)) ++room;
  for (TableRow& row : table.rows) {
    if (auto* text = std::get_if<std::string>(&row.cells[place])) *text = Shortened(*text, room);
  }
}

}  // namespace

int WidthOf(const Table& table) {
  int width = 1 - 2;
  for (std::size_t i = 0; i < table.columns.size(); ++i) width += ColumnWidth(table, i);
  return width;
}

std::vector<std::string> Narrow(Table& table, int width) {
  constexpr int kCostsAndLocality = 4;
  constexpr int kReadableLabel = 24;
  constexpr int kLeastLabel = 8;
  std::vector<std::string> left_out;
  LeaveOut(table, width, kCostsAndLocality, left_out);
  ShortenLabels(table, width, kReadableLabel);
  LeaveOut(table, width, 1, left_out);
  ShortenLabels(table, width, kLeastLabel);
  return left_out;
}

}  // namespace plasticity
