#include "reports/html.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/format.h"
#include "reports/text_table.h"
#include "reports/words.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

using nlohmann::json;

std::string WithoutMargin(const std::string& text) {
  return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

std::string CellText(const TableCell& cell, const std::string& text, const std::string& address) {
  const std::string shown = HtmlLink(address, WithoutMargin(text));
  const auto* measured = std::get_if<Measured>(&cell);
  if (measured == nullptr) return shown;
  if (measured->best) return "<strong>" + shown + "</strong>";
  return measured->second ? "<u>" + shown + "</u>" : shown;
}

// What a script sorts by.
std::string SortKey(const TableCell& cell) {
  const auto* number = std::get_if<Number>(&cell);
  const auto* measured = std::get_if<Measured>(&cell);
  if (number != nullptr) return fmt::format(" data-value=\"{}\"", number->value);
  if (measured != nullptr && measured->mean)
    return fmt::format(" data-value=\"{}\"", *measured->mean);
  return "";
}

// "needs-labels global backward", what a script filters by.
std::string TraitsOf(const json& facts) {
  std::vector<std::string> traits;
  if (facts.contains("needs_labels"))
    traits.emplace_back(facts["needs_labels"] == true ? "labels" : "no-labels");
  if (const std::string locality = TextAt(facts, {"locality"}); !locality.empty())
    traits.push_back(locality);
  if (facts.contains("backward") && facts["backward"] == true) traits.emplace_back("backward");
  return Join(traits, " ");
}

std::string RowTag(const TableRow& row) {
  std::string tag = "<tr";
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) tag += " " + name + "=\"" + HtmlEscaped(value) + "\"";
  };
  const bool published = row.about.contains("published");
  add("class", IsWithdrawn(row)                       ? "withdrawn"
               : row.emphasis == Emphasis::kFirst     ? "first"
               : row.emphasis == Emphasis::kBaseline  ? "baseline"
               : row.emphasis == Emphasis::kLost      ? "lost"
               : row.emphasis == Emphasis::kPublished ? "published"
                                                      : "");
  add("data-rule",
      TextAt(row.about, {published ? "published" : "rule", published ? "rule" : "name"}));
  add("data-traits", TraitsOf(row.about.value("facts", json::object())));
  return tag + ">";
}

bool HoldsText(const Table& table, std::size_t column) {
  return std::all_of(table.rows.begin(), table.rows.end(), [&](const TableRow& row) {
    return std::holds_alternative<std::string>(row.cells[column]) ||
           std::holds_alternative<std::monostate>(row.cells[column]);
  });
}

std::string Facts(const Table& table) {
  if (table.facts.empty()) return "";
  std::string text = "<details><summary>What the numbers are</summary>\n<dl>\n";
  for (const auto& [heading, sentence] : table.facts) {
    text += "<dt>" + HtmlEscaped(heading) + "</dt><dd>" + HtmlEscaped(sentence) + "</dd>\n";
  }
  return text + "</dl>\n</details>\n";
}

}  // namespace

std::string HtmlEscaped(const std::string& text) {
  const std::string clean = Printable(text);
  std::string escaped;
  escaped.reserve(clean.size());
  for (const char c : clean) {
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

std::string HtmlLink(const std::string& address, const std::string& text) {
  if (address.empty()) return HtmlEscaped(text);
  return "<a href=\"" + HtmlEscaped(address) + "\">" + HtmlEscaped(text) + "</a>";
}

std::string HtmlTable(const Table& table, const HtmlOptions& options) {
  const std::string title = HtmlEscaped(table.title);
  std::string text = "<div class=\"box\" role=\"group\" aria-label=\"" + title +
                     "\" tabindex=\"0\">\n<table>\n<caption>" + title + "</caption>\n<thead><tr>";
  std::vector<std::vector<std::string>> texts;
  std::vector<std::string> classes;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    classes.emplace_back(HoldsText(table, i) ? "" : " class=\"number\"");
    text += "<th scope=\"col\"" + classes.back() + ">" +
            HtmlEscaped(HeadingText(table.columns[i], true)) + "</th>";
    texts.push_back(ColumnTexts(table, i));
  }
  text += "</tr></thead>\n<tbody>\n";
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const TableRow& row = table.rows[i];
    text += RowTag(row);
    for (std::size_t j = 0; j < table.columns.size(); ++j) {
      const bool label = table.columns[j].key == "row";
      const std::string address = options.link ? options.link(row, table.columns[j]) : "";
      text += label ? "<th scope=\"row\">" : "<td" + classes[j] + SortKey(row.cells[j]) + ">";
      const std::string shown = CellText(row.cells[j], texts[j][i], address);
      text += label && IsWithdrawn(row) ? "<s>" + shown + "</s>" : shown;
      text += label ? "</th>" : "</td>";
    }
    text += "</tr>\n";
  }
  return text + "</tbody>\n</table>\n</div>\n";
}

std::string HtmlSection(const Table& table, const HtmlOptions& options) {
  const std::string heading = fmt::format("h{}", options.level);
  std::string text = options.id.empty() ? "<section>\n" : "<section id=\"" + options.id + "\">\n";
  text += "<" + heading + ">" + HtmlLink(options.title_link, table.title) + "</" + heading + ">\n";
  text += HtmlTable(table, options) + Facts(table);
  if (!table.notes.empty()) {
    text += "<ul class=\"notes\">\n";
    for (const std::string& note : table.notes) text += "<li>" + HtmlEscaped(note) + "</li>\n";
    text += "</ul>\n";
  }
  if (!table.provenance.empty())
    text += "<p class=\"origin\">" + HtmlEscaped(table.provenance) + "</p>\n";
  return text + "</section>\n";
}

}  // namespace plasticity
