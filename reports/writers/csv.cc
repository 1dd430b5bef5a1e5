// RFC 4180, numbers unrounded: a metric is a column of means and one of half-widths. Tables follow
// each other with an empty line between.
#include <fmt/format.h>

#include <algorithm>

#include "reports/format.h"
#include "reports/writer.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

bool HasMeasured(const Table& table, std::size_t column) {
  for (const TableRow& row : table.rows) {
    if (std::holds_alternative<Measured>(row.cells[column])) return true;
  }
  return false;
}

std::string Shortest(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "";
}

void AddCell(std::vector<std::string>& fields, const TableCell& cell, bool measured) {
  if (!measured) {
    const auto* number = std::get_if<Number>(&cell);
    const auto* text = std::get_if<std::string>(&cell);
    fields.push_back(number != nullptr ? Shortest(number->value)
                     : text != nullptr ? CsvField(*text)
                                       : "");
    return;
  }
  const auto* value = std::get_if<Measured>(&cell);
  const auto* number = std::get_if<Number>(&cell);  // a published one: no seeds of ours
  fields.push_back(value != nullptr    ? Shortest(value->mean)
                   : number != nullptr ? Shortest(number->value)
                                       : "");
  fields.push_back(value != nullptr ? Shortest(value->halfwidth) : "");
  fields.push_back(value != nullptr ? std::to_string(value->runs.size()) : "");
}

class Csv final : public Writer {
 public:
  std::string Write(const std::vector<Table>& tables, const WriterOptions&) const override {
    std::string text;
    for (const Table& table : tables) text += (text.empty() ? "" : "\n") + TableText(table);
    return text;
  }

 private:
  static std::string TableText(const Table& table) {
    std::vector<std::string> fields;
    std::vector<bool> measured;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const std::string& key = table.columns[i].key;
      fields.push_back(CsvField(key));
      measured.push_back(HasMeasured(table, i));
      if (!measured.back()) continue;
      fields.push_back(CsvField(key + ".halfwidth"));
      fields.push_back(CsvField(key + ".n"));
    }
    const bool flagged = std::any_of(table.rows.begin(), table.rows.end(), IsWithdrawn);
    if (flagged) fields.emplace_back("withdrawn");
    std::string text = Join(fields, ",") + "\n";
    for (const TableRow& row : table.rows) {
      fields.clear();
      for (std::size_t i = 0; i < row.cells.size(); ++i) AddCell(fields, row.cells[i], measured[i]);
      if (flagged) fields.emplace_back(IsWithdrawn(row) ? "true" : "false");
      text += Join(fields, ",") + "\n";
    }
    return text;
  }
};
const bool added = AddWriter<Csv>("csv", ".csv", "numbers unrounded, for other tools");

}  // namespace
}  // namespace plasticity
