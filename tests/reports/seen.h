#pragma once

#include <catch2/catch.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reports/layout.h"
#include "reports/writer.h"
#include "tests/reports/sample.h"

namespace plasticity {

/// What a reader asks for.
struct Asked {
  Selection selection = {};
  LayoutOptions options = {};
  std::set<std::string> disputed = {};
  std::string layout = "leaderboard";
};

/// The tables that a reader gets.
inline std::vector<Table> Seen(std::vector<Result> results, const Asked& asked = {}) {
  return TablesOf(asked.layout, ResultSet(std::move(results), asked.selection, asked.disputed),
                  asked.options);
}

/// The one table of these results.
inline Table SeenTable(std::vector<Result> results, const Asked& asked = {}) {
  const std::vector<Table> tables = Seen(std::move(results), asked);
  REQUIRE(tables.size() == 1);
  return tables.front();
}

/// The tables as that writer writes them.
inline std::string Written(const std::string& writer, const std::vector<Table>& tables,
                           const WriterOptions& options = {}) {
  return WriterNamed(writer)->Write(tables, options);
}

/// The column of that key.
inline std::size_t ColumnNamed(const Table& table, const std::string& key) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].key == key) return i;
  }
  FAIL("no column " << key);
  return 0;
}

/// The cell's text, or "" of another kind.
inline std::string TextIn(const TableCell& cell) {
  const auto* text = std::get_if<std::string>(&cell);
  return text == nullptr ? "" : *text;
}

/// The labels of the rows, in order.
inline std::vector<std::string> LabelsIn(const Table& table) {
  std::vector<std::string> labels;
  for (const TableRow& row : table.rows) {
    labels.push_back(TextIn(row.cells[ColumnNamed(table, "row")]));
  }
  return labels;
}

/// The cell of a row and a column.
inline const TableCell& CellOf(const Table& table, const std::string& label,
                               const std::string& key) {
  const std::vector<std::string> labels = LabelsIn(table);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] == label) return table.rows[i].cells[ColumnNamed(table, key)];
  }
  FAIL("no row labelled " << label);
  return table.rows.front().cells.front();
}

/// The number in a cell, if there is one.
inline std::optional<double> NumberIn(const Table& table, const std::string& label,
                                      const std::string& key) {
  const auto* number = std::get_if<Number>(&CellOf(table, label, key));
  return number == nullptr ? std::nullopt : std::optional(number->value);
}

/// What was measured of a row.
inline const Measured& MeasuredIn(const Table& table, const std::string& label,
                                  const std::string& key = "accuracy.test") {
  return std::get<Measured>(CellOf(table, label, key));
}

/// All notes, a line each.
inline std::string NotesIn(const Table& table) {
  std::string notes;
  for (const std::string& note : table.notes) notes += note + "\n";
  return notes;
}

/// The fact under that heading, or "".
inline std::string FactIn(const Table& table, const std::string& heading) {
  for (const auto& [key, text] : table.facts) {
    if (key == heading) return text;
  }
  return "";
}

/// Five rules in that many seeds.
inline std::vector<Result> Usual(int seeds) {
  std::vector<Result> results;
  for (int seed = 1; seed <= seeds; ++seed) {
    const double noise = 0.001 * (seed % 3);
    results.push_back(SampleResult("random", seed, 0.364 + noise));
    results.push_back(SampleResult("oja", seed, 0.388 - noise));
    results.push_back(SampleResult("softhebb", seed, 0.452 + noise));
    results.push_back(SampleResult("sphere", seed, 0.479 - noise));
    results.push_back(SampleResult("backprop", seed, 0.541 + noise));
  }
  return results;
}

}  // namespace plasticity
