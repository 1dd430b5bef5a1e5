// A table for a paper: booktabs, numbers on their decimal point, the best in bold, the second best
// underlined, footnotes, a caption that says what was measured. Needs the packages booktabs,
// siunitx and etoolbox; it is cited by \cite.
#include <algorithm>
#include <map>
#include <string>

#include "reports/format.h"
#include "reports/latex_text.h"
#include "reports/text_table.h"
#include "reports/words.h"
#include "reports/writer.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

constexpr std::string_view kMeasured = "measured";  // the fact that says what the numbers are

// How many digits stand before and behind the decimal point of the widest of some numbers.
struct Digits {
  bool negative = false;
  std::size_t before = 1;
  std::size_t behind = 0;
};

Digits DigitsOf(const std::vector<std::string>& texts) {
  Digits digits;
  for (const std::string& text : texts) {
    if (text.find('e') != std::string::npos) continue;
    const std::size_t sign = text.starts_with('-') ? 1 : 0;
    const std::size_t point = std::min(text.find('.'), text.size());
    digits.negative = digits.negative || sign > 0;
    digits.before = std::max(digits.before, point - sign);
    digits.behind = std::max(digits.behind, text.size() - std::min(text.size(), point + 1));
  }
  return digits;
}

std::string FormatOf(const Digits& digits) {
  return (digits.negative ? "-" : "") + std::to_string(digits.before) + "." +
         std::to_string(digits.behind);
}

std::string Cite(const std::vector<std::string>& keys) { return "\\cite{" + Join(keys, ",") + "}"; }

// A heading in short lines, its citation the last: columns are as wide as their numbers.
std::string Heading(const Column& column) {
  constexpr int kLine = 12;
  std::vector<std::string> lines = Wrapped(HeadingText(column, true), kLine);
  for (std::string& line : lines) line = LatexEscaped(line);
  if (!column.citations.empty()) lines.push_back(Cite(column.citations));
  if (lines.size() < 2) return Join(lines, "");
  return "\\shortstack{\\strut " + Join(lines, "\\\\") + "}";
}

// One column's LaTeX: how it is declared, and its cells.
struct Declared {
  std::string column;
  std::vector<std::string> cells;
};

bool Holds(const Table& table, std::size_t column, bool measured) {
  return std::any_of(table.rows.begin(), table.rows.end(), [&](const TableRow& row) {
    return measured ? std::holds_alternative<Measured>(row.cells[column])
                    : std::holds_alternative<Number>(row.cells[column]);
  });
}

bool HasBest(const Table& table, std::size_t column) {
  return std::any_of(table.rows.begin(), table.rows.end(), [&](const TableRow& row) {
    const auto* measured = std::get_if<Measured>(&row.cells[column]);
    return measured != nullptr && measured->best;
  });
}

// What a column of a metric aligns: its mean or a published value, and what follows "±".
struct Value {
  std::string mean;
  std::string spread;
};

std::optional<Value> ValueOf(const TableCell& cell, const std::string& unit) {
  const auto* number = std::get_if<Number>(&cell);
  const auto* measured = std::get_if<Measured>(&cell);
  std::optional<double> mean, spread;
  if (measured != nullptr) {
    mean = measured->mean;
    spread = measured->halfwidth;
  } else if (number != nullptr) {
    mean = number->value;
    spread = number->spread;
  }
  if (!mean) return std::nullopt;
  return Value{ValueText(*mean, unit), spread ? SpreadText(*spread, unit) : ""};
}

std::string Marked(const Measured* measured, const std::string& mean) {
  if (mean.find('e') != std::string::npos) return "{" + mean + "}";  // not on the decimal point
  if (measured == nullptr) return mean;
  if (measured->best) return "\\bfseries " + mean;
  return measured->second ? "{\\underline{" + mean + "}}" : mean;
}

// A metric: `mean` in a column that siunitx would align, were it not for bold and underlined
// numbers; so digits are padded with spaces of their own width.
Declared MeasuredColumn(const Table& table, std::size_t column) {
  const std::string& unit = table.columns[column].unit;
  std::vector<std::string> means, spreads;
  for (const TableRow& row : table.rows) {
    const std::optional<Value> value = ValueOf(row.cells[column], unit);
    if (!value) continue;
    means.push_back(value->mean);
    if (!value->spread.empty()) spreads.push_back(value->spread);
  }
  Digits mean = DigitsOf(means);
  const Digits spread = DigitsOf(spreads);
  if (HasBest(table, column)) ++mean.before;  // bold digits are wider
  Declared declared;
  declared.column = "S[table-format=" + FormatOf(mean) +
                    ",table-number-alignment=right,table-text-alignment=right]" +
                    (spreads.empty() ? "" : "@{}l");
  for (const TableRow& row : table.rows) {
    const auto* measured = std::get_if<Measured>(&row.cells[column]);
    std::string cell = "{" + std::string(kNothing) + "}";
    std::string behind;
    if (const std::optional<Value> value = ValueOf(row.cells[column], unit)) {
      cell = Marked(measured, value->mean);
      if (const std::string& half = value->spread; !half.empty()) {
        const std::size_t missing = spread.before - std::min(half.find('.'), half.size());
        behind = "$\\,\\pm\\,$\\phantom{" + std::string(missing, '0') + "}" + half;
      }
    } else if (measured != nullptr) {
      cell = "{\\footnotesize " + LatexEscaped(LostText(*measured, true)) + "}";
    }
    declared.cells.push_back(spreads.empty() ? cell : cell + " & " + behind);
  }
  return declared;
}

Declared TextOrNumbers(const Table& table, std::size_t column) {
  const bool numbers = Holds(table, column, false);
  Declared declared;
  declared.column = numbers ? "r" : "l";
  const std::vector<std::string> texts = ColumnTexts(table, column);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::string cell =
        LatexEscaped(texts[i].substr(std::min(texts[i].find_first_not_of(' '), texts[i].size())));
    if (numbers && cell.size() > 1 && cell[0] == '-') cell = "$-$" + cell.substr(1);
    const TableRow& row = table.rows[i];
    const bool label = table.columns[column].key == "row";
    if (label && !row.citations.empty()) cell += "~" + Cite(row.citations);
    if (label && IsWithdrawn(row)) cell += "$^{\\mathrm{w}}$";
    declared.cells.push_back(cell);
  }
  return declared;
}

class Latex final : public Writer {
 public:
  std::string Write(const std::vector<Table>& tables, const WriterOptions& options) const override {
    std::string text = "% \\usepackage{booktabs,siunitx,etoolbox}\n% \\robustify\\bfseries\n";
    if (!options.command.empty()) text += "% made by " + Printable(options.command) + "\n";
    std::map<std::string, int> labels;
    for (const Table& table : tables) {
      std::string label = "tab:" + table.layout + ":" + Slug(table.title);
      if (const int count = ++labels[label]; count > 1) label += "-" + std::to_string(count);
      text += "\n" + TableText(table, label);
    }
    return text;
  }

 private:
  static std::string TableText(const Table& table, const std::string& label) {
    std::string columns, headings;
    std::vector<std::string> lines(table.rows.size());
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (table.columns[i].redundant) continue;
      const bool measured = Holds(table, i, true);
      const Declared declared = measured ? MeasuredColumn(table, i) : TextOrNumbers(table, i);
      const bool wide = declared.column.ends_with("@{}l");
      const std::string heading = Heading(table.columns[i]);
      const std::string separator = columns.empty() ? "" : " & ";
      columns += declared.column;
      headings += separator + (wide       ? "\\multicolumn{2}{c}{" + heading + "}"
                               : measured ? "{" + heading + "}"
                                          : heading);
      for (std::size_t row = 0; row < lines.size(); ++row) {
        lines[row] += separator + declared.cells[row];
      }
    }
    std::string text = "\\begin{table}[htbp]\n\\centering\n\\caption{" + Caption(table) +
                       "}\n\\label{" + label +
                       "}\n\\smallskip\n\\sisetup{detect-weight,mode=text}\n\\begin{tabular}{" +
                       columns + "}\n\\toprule\n" + headings + " \\\\\n\\midrule\n";
    for (const std::string& line : lines) text += line + " \\\\\n";
    return text + "\\bottomrule\n\\end{tabular}\n" + Notes(table) + "\\end{table}\n";
  }

  static std::string Caption(const Table& table) {
    std::string text = LatexEscaped(table.title) + ".";
    for (const auto& [heading, sentence] : table.facts) {
      if (heading == kMeasured) text += " " + LatexEscaped(Capitalized(sentence)) + ".";
    }
    if (!IsOfBoard(table)) text += FactsText(table.facts);
    if (!table.marks.empty()) text += " " + LatexEscaped(table.marks);
    return text;
  }

  static bool IsOfBoard(const Table& table) {
    return std::any_of(table.facts.begin(), table.facts.end(),
                       [](const auto& fact) { return fact.first == kMeasured; });
  }

  // " Heading: sentence." of each.
  static std::string FactsText(const std::vector<std::pair<std::string, std::string>>& facts) {
    std::string text;
    for (const auto& [heading, sentence] : facts)
      text += " " + LatexEscaped(Capitalized(heading) + ": " + sentence) + ".";
    return text;
  }

  // Of a board's facts, those that a table has room for: its network, and what was learned from.
  static std::string Setting(const Table& table) {
    if (!IsOfBoard(table)) return "";
    std::vector<std::pair<std::string, std::string>> facts;
    for (const auto& fact : table.facts)
      if (fact.first == "network" || fact.first == "learning") facts.push_back(fact);
    return facts.empty() ? "" : FactsText(facts).substr(1) + " ";
  }

  // As wide as the column, since a table may be narrow.
  static std::string Notes(const Table& table) {
    std::string text = "\\par\\smallskip\n\\begin{minipage}{\\linewidth}\\scriptsize\n";
    if (std::any_of(table.rows.begin(), table.rows.end(), IsWithdrawn))
      text += "w: withdrawn; it counts in no mean, rank or test.\\par\n";
    for (const std::string& note : table.notes) text += LatexEscaped(note) + "\\par\n";
    return text + Setting(table) + LatexEscaped(table.provenance) + "\n\\end{minipage}\n";
  }
};
const bool added = AddWriter<Latex>("latex", ".tex", "booktabs for a paper");

}  // namespace
}  // namespace plasticity
