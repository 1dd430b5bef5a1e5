// Aligned text for a terminal. Where the width does not suffice, the least important columns are
// left out, and a line says which.
#include <fmt/format.h>

#include <algorithm>

#include "reports/format.h"
#include "reports/text_table.h"
#include "reports/writer.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

int TableWidth(const std::vector<TextColumn>& columns) {
  int width = 1 - 2;
  for (const TextColumn& column : columns) width += 2 + column.Width();
  return width;
}

// Leaves columns out, most expendable first, while the table is too wide and some column is at
// least so expendable. Adds their headings to `left_out`.
void LeaveOut(std::vector<TextColumn>& columns, int width, int expendable,
              std::vector<std::string>& left_out) {
  while (TableWidth(columns) > width) {
    const auto worst =
        std::max_element(columns.begin(), columns.end(),
                         [](const auto& a, const auto& b) { return a.expendable < b.expendable; });
    if (worst->expendable < expendable) return;
    left_out.push_back(worst->heading);
    columns.erase(worst);
  }
}

// Shortens the rules' labels where the table is too wide, to no less than `least`.
void ShortenLabels(std::vector<TextColumn>& columns, int width, int least) {
  const int excess = TableWidth(columns) - width;
  if (excess <= 0) return;
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [](const TextColumn& column) { return !column.right_aligned; });
  if (found == columns.end()) return;
  TextColumn& rule = *found;
  const int room = std::max(least, rule.Width() - excess);
  for (std::string& label : rule.cells) label = Shortened(label, room);
}

// Makes the table fit, at the price of what matters least. Returns the headings of what was left
// out.
std::vector<std::string> Fit(std::vector<TextColumn>& columns, int width) {
  std::vector<std::string> left_out;
  if (width <= 0) return left_out;
  constexpr int kCostsAndLocality = 4;
  constexpr int kReadableLabel = 24;
  constexpr int kLeastLabel = 8;
  LeaveOut(columns, width, kCostsAndLocality, left_out);
  ShortenLabels(columns, width, kReadableLabel);
  LeaveOut(columns, width, 1, left_out);
  ShortenLabels(columns, width, kLeastLabel);
  return left_out;
}

class Painter {
 public:
  explicit Painter(bool color) : color_(color) {}
  std::string Bold(const std::string& text) const { return Paint("1", text); }
  std::string Dim(const std::string& text) const { return Paint("2", text); }
  std::string Green(const std::string& text) const { return Paint("1;32", text); }
  std::string Red(const std::string& text) const { return Paint("31", text); }
  std::string Yellow(const std::string& text) const { return Paint("33", text); }

 private:
  std::string Paint(const char* code, const std::string& text) const {
    return color_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  }
  bool color_;
};

std::vector<TextColumn> Columns(const Table& table) {
  std::vector<TextColumn> columns;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const Column& column = table.columns[i];
    if (column.redundant) continue;
    columns.push_back({HeadingText(column, false), RightAligned(table, i), ColumnTexts(table, i),
                       column.expendable});
  }
  return columns;
}

std::string Painted(const Painter& paint, const std::string& line, Emphasis emphasis) {
  switch (emphasis) {
    case Emphasis::kFirst:
      return paint.Green(line);
    case Emphasis::kBaseline:
    case Emphasis::kPublished:
      return paint.Dim(line);
    case Emphasis::kLost:
      return paint.Red(line);
    case Emphasis::kNone:
      break;
  }
  return line;
}

class Terminal final : public Writer {
 public:
  std::string Write(const std::vector<Table>& tables, const WriterOptions& options) const override {
    std::string text;
    for (const Table& table : tables) {
      text += (text.empty() ? "" : "\n\n") + TableText(table, options);
    }
    return text;
  }

 private:
  static std::string TableText(const Table& table, const WriterOptions& options) {
    const Painter paint(options.color);
    constexpr int kReadable = 100;
    const int width = options.width > 0 ? options.width : kReadable;
    std::string text;
    for (const std::string& line : Wrapped(table.title, width)) text += paint.Bold(line) + "\n";
    text += "\n" + FactsText(table, paint, width);
    std::vector<TextColumn> columns = Columns(table);
    const std::vector<std::string> left_out = Fit(columns, options.width);
    const std::vector<std::string> lines = TableLines(columns);
    text += "\n" + paint.Bold(lines[0]) + "\n";
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      text += Painted(paint, lines[i + 1], table.rows[i].emphasis) + "\n";
    }
    text += "\n";
    for (const std::string& note : table.notes) {
      std::string margin = " ";
      for (const std::string& line : Wrapped(note, width - 3)) {
        text += margin + paint.Yellow(line) + "\n";
        margin = "   ";
      }
    }
    std::string last = table.provenance;
    if (!left_out.empty()) last += " Left out for the width: " + Join(left_out, ", ") + ".";
    for (const std::string& line : Wrapped(last, width - 1)) text += " " + paint.Dim(line) + "\n";
    return text;
  }

  static std::string FactsText(const Table& table, const Painter& paint, int width) {
    int indent = 0;
    for (const auto& [heading, sentence] : table.facts) {
      indent = std::max(indent, DisplayWidth(heading));
    }
    indent += 3;
    std::string text;
    for (const auto& [heading, sentence] : table.facts) {
      std::string margin = " " + Padded(heading, indent - 1);
      for (const std::string& line : Wrapped(sentence, std::max(20, width - indent))) {
        text += paint.Dim(margin) + line + "\n";
        margin = std::string(static_cast<std::size_t>(indent), ' ');
      }
    }
    return text;
  }
};
const bool added = AddWriter<Terminal>("terminal", ".txt", "aligned text");

}  // namespace
}  // namespace plasticity
