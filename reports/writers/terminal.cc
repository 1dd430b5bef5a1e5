// Aligned text for a terminal. Where the width does not suffice, the least important columns are
// left out, and a line says which.
#include <fmt/format.h>

#include <algorithm>

#include "reports/format.h"
#include "reports/narrow.h"
#include "reports/text_table.h"
#include "reports/writer.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

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
    columns.push_back({HeadingText(column, false), RightAligned(table, i), ColumnTexts(table, i)});
  }
  return columns;
}

std::string Painted(const Painter& paint, const std::string& line, const TableRow& row) {
  if (IsWithdrawn(row)) return paint.Dim(line);
  switch (row.emphasis) {
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
  static std::string TableText(Table table, const WriterOptions& options) {
    const Painter paint(options.color);
    constexpr int kReadable = 100;
    const int width = options.width > 0 ? options.width : kReadable;
    std::string text;
    for (const std::string& line : Wrapped(table.title, width)) text += paint.Bold(line) + "\n";
    text += "\n" + FactsText(table, paint, width);
    std::vector<std::string> left_out;
    if (options.width > 0) left_out = Narrow(table, options.width);
    const std::vector<std::string> lines = TableLines(Columns(table));
    if (!table.rows.empty()) text += "\n" + paint.Bold(lines[0]) + "\n";
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      text += Painted(paint, lines[i + 1], table.rows[i]) + "\n";
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
    if (last.empty()) return text;
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
