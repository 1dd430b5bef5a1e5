// GitHub Markdown, each table with a footer on where its numbers come from.
#include "reports/format.h"
#include "reports/text_table.h"
#include "reports/writer.h"

namespace plasticity {
namespace {

std::string CodeSpan(const std::string& text) {
  const std::string clean = Printable(text);
  return clean.find('`') == std::string::npos ? "`" + clean + "`" : "`` " + clean + " ``";
}

class Markdown final : public Writer {
 public:
  std::string Write(const std::vector<Table>& tables, const WriterOptions& options) const override {
    std::string text = "# " + Heading(tables) + "\n";
    for (const Table& table : tables) text += "\n" + TableText(table, options.command);
    return text;
  }

 private:
  static std::string Heading(const std::vector<Table>& tables) {
    std::string name = tables.empty() ? "tables" : MarkdownEscaped(tables.front().layout);
    if (name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
    return name;
  }

  static std::string TableText(const Table& table, const std::string& command) {
    std::string text = "## " + MarkdownEscaped(table.title) + "\n\n";
    for (const auto& [heading, sentence] : table.facts) {
      text += "- **" + heading + "**: " + MarkdownEscaped(sentence) + "\n";
    }
    std::vector<TextColumn> columns;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      columns.push_back(
          {HeadingText(table.columns[i], true), RightAligned(table, i), ColumnTexts(table, i)});
      if (table.columns[i].key != "row") continue;
      for (const TableRow& row : table.rows) columns.back().struck.push_back(IsWithdrawn(row));
    }
    text += "\n" + MarkdownTable(columns) + "\n";
    for (const std::string& note : table.notes) text += "> " + MarkdownEscaped(note) + "\n>\n";
    if (!table.notes.empty()) text.replace(text.size() - 2, 2, "\n");
    text += MarkdownEscaped(table.provenance);
    if (!command.empty()) text += " Made by " + CodeSpan(command) + ".";
    return text + "\n";
  }
};
const bool added = AddWriter<Markdown>("markdown", ".md", "GitHub Markdown");

}  // namespace
}  // namespace plasticity
