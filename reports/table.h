#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "reports/measure.h"

namespace plasticity {

/// A plain number; its column has the unit, where the number has none of its own.
struct Number {
  double value = 0;
  bool has_sign = false;         ///< a difference: written with its sign
  std::string remark;            ///< a word behind it: "(ceiling)"
  std::optional<double> spread;  ///< as a source gives it, of whatever kind
  std::string unit;              ///< its own, in a column of several units; else ""
};

/// What stands in one place of a table: nothing, text, a number, or a metric over seeds. No cell
/// knows how it will look: that is a writer's.
using TableCell = std::variant<std::monostate, std::string, Number, Measured>;

/// One column.
struct Column {
  std::string key;      ///< short and stable, for JSON and CSV: "rule", "accuracy.test"
  std::string heading;  ///< for readers: "accuracy"
  /// Of its numbers: a metric's ("fraction", ...), or s, bytes, images/s, count; "" for text.
  std::string unit;
  /// What may go first when there is no room: 0 stays.
  int expendable = 0;
  /// Whether it says nothing new in this table, so that a writer short of room leaves it out.
  bool redundant = false;
  std::vector<std::string> citations;  ///< BibTeX keys of what the column is, as of a strategy
};

/// What a row is, for writers that can show it.
enum class Emphasis {
  kNone,
  kFirst,      ///< of what is ranked
  kBaseline,   ///< what others are judged against
  kLost,       ///< a seed has no value
  kPublished,  ///< read in a source, not measured here
};

/// One row.
struct TableRow {
  std::vector<TableCell> cells;  ///< as many as the table has columns
  Emphasis emphasis = Emphasis::kNone;
  std::vector<std::string> citations;               ///< BibTeX keys of what the row is
  nlohmann::json about = nlohmann::json::object();  ///< its parts, for JSON: {rule{...}, ...}
};

/// What every view is made into, and every writer writes.
struct Table {
  std::string layout;  ///< name of the layout that made it
  std::string title;   ///< without a full stop
  /// What the numbers are, as (heading, sentence): measured, network, learning, readout, ...
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<Column> columns;
  std::vector<TableRow> rows;
  std::string
      marks;  ///< what `best` and `second` mean here, a sentence; "" where nothing is marked
  std::vector<std::string> notes;  ///< what a reader must know before drawing conclusions
  std::string provenance;          ///< results, seeds, machines, builds
  nlohmann::json about = nlohmann::json::object();  ///< for JSON: task, data, conditions, metric
};

}  // namespace plasticity
