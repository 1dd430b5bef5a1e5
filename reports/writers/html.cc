// HTML tables without scripts or styles, for a page to hold.
#include "reports/format.h"
#include "reports/text_table.h"
#include "reports/writer.h"

namespace plasticity {
namespace {

std::string Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : Printable(text)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string CellText(const TableCell& cell, const std::string& text) {
  const auto* measured = std::get_if<Measured>(&cell);
  if (measured == nullptr) return Escaped(text);
  if (measured->best) return "<strong>" + Escaped(text) + "</strong>";
  return measured->second ? "<u>" + Escaped(text) + "</u>" : Escaped(text);
}

// What a script sorts by.
std::string SortKey(const TableCell& cell) {
  const auto* number = std::get_if<Number>(&cell);
  const auto* measured = std::get_if<Measured>(&cell);
  if (number != nullptr) return " data-value=\"" + std::to_string(number->value) + "\"";
  if (measured != nullptr && measured->mean) {
    return " data-value=\"" + std::to_string(*measured->mean) + "\"";
  }
  return "";
}

class Html final : public Writer {
 public:
  std::string Write(const std::vector<Table>& tables, const WriterOptions&) const override {
    std::string text;
    for (const Table& table : tables) text += TableText(table);
    return text;
  }

 private:
  static std::string TableText(const Table& table) {
    std::string text = "<section>\n<h2>" + Escaped(table.title) + "</h2>\n<dl>\n";
    for (const auto& [heading, sentence] : table.facts) {
      text += "<dt>" + Escaped(heading) + "</dt><dd>" + Escaped(sentence) + "</dd>\n";
    }
    text += "</dl>\n<table>\n<thead><tr>";
    std::vector<std::vector<std::string>> texts;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      text += "<th scope=\"col\">" + Escaped(HeadingText(table.columns[i], true)) + "</th>";
      texts.push_back(ColumnTexts(table, i));
    }
    text += "</tr></thead>\n<tbody>\n";
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      text += "<tr>";
      for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const TableCell& cell = table.rows[row].cells[i];
        const bool label = table.columns[i].key == "row";
        text += label ? "<th scope=\"row\">" : "<td" + SortKey(cell) + ">";
        text += CellText(cell, texts[i][row]) + (label ? "</th>" : "</td>");
      }
      text += "</tr>\n";
    }
    text += "</tbody>\n</table>\n";
    if (!table.marks.empty()) text += "<p>" + Escaped(table.marks) + "</p>\n";
    for (const std::string& note : table.notes) text += "<p>" + Escaped(note) + "</p>\n";
    return text + "<p>" + Escaped(table.provenance) + "</p>\n</section>\n";
  }
};
const bool added = AddWriter<Html>("html", ".html", "tables for a page to hold");

}  // namespace
}  // namespace plasticity
