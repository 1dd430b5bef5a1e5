#include "reports/across_boards.h"

#include <algorithm>
#include <map>
#include <set>

#include "reports/board_text.h"
#include "reports/text_table.h"
#include "reports/words.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

using nlohmann::json;

std::string KeyOf(const Row& row) { return json({row.parts, row.device_type}).dump(); }

// The rows' keys, those that stand best in the first column first.
std::vector<std::string> KeysInOrder(const std::vector<BoardColumn>& columns, double level) {
  std::vector<std::string> keys;
  std::set<std::string> known;
  for (const BoardColumn& column : columns) {
    std::vector<MeasuredRow> rows = MeasureRows(*column.board, column.metric.name, level);
    SortRows(rows, column.metric.higher_is_better);
    for (const MeasuredRow& row : rows) {
      if (known.insert(KeyOf(*row.row)).second) keys.push_back(KeyOf(*row.row));
    }
  }
  return keys;
}

void AddBoardColumn(Table& table, const std::map<std::string, std::size_t>& places,
                    const BoardColumn& column, double level) {
  std::vector<MeasuredRow> rows = MeasureRows(*column.board, column.metric.name, level);
  MarkBest(rows, column.metric.higher_is_better);
  table.columns.push_back({.key = column.heading + " " + column.metric.name,
                           .heading = column.heading,
                           .unit = column.metric.unit});
  for (TableRow& row : table.rows) row.cells.emplace_back();
  for (const MeasuredRow& row : rows) {
    table.rows[places.at(KeyOf(*row.row))].cells.back() = row.value;
  }
}

// What all boards say of themselves, each with its heading where there are several.
void AddWords(Table& table, const ResultSet& results, const std::vector<BoardColumn>& columns,
              double level) {
  std::map<std::string, std::vector<std::string>> said;
  std::vector<std::string> headings;
  std::set<std::string> notes;
  std::vector<std::string> provenance;
  for (const BoardColumn& column : columns) {
    const Table one = BoardTable(results, *column.board, column.metric,
                                 MeasureRows(*column.board, column.metric.name, level), level);
    for (const auto& [heading, sentence] : one.facts) {
      if (heading == "only here") continue;
      std::vector<std::string>& sentences = said[heading];
      if (sentences.empty()) headings.push_back(heading);
      const std::string text = heading == "measured" ? column.heading + ": " + sentence : sentence;
      if (std::find(sentences.begin(), sentences.end(), text) == sentences.end()) {
        sentences.push_back(text);
      }
    }
    for (const std::string& note : one.notes) {
      if (notes.insert(note).second) table.notes.push_back(note);
    }
    if (std::find(provenance.begin(), provenance.end(), one.provenance) == provenance.end()) {
      provenance.push_back(one.provenance);
    }
    table.about["columns"].push_back(one.about);
  }
  std::sort(headings.begin(), headings.end());
  headings.erase(std::unique(headings.begin(), headings.end()), headings.end());
  for (const std::string& heading : headings) {
    table.facts.emplace_back(heading, Join(said[heading], "; "));
  }
  table.provenance = Join(provenance, " ");
}

}  // namespace

Table AcrossBoards(const ResultSet& results, const std::vector<BoardColumn>& columns,
                   double level) {
  Table table;
  AddWords(table, results, columns, level);
  table.columns.push_back({.key = "row", .heading = "rule"});
  std::map<std::string, const Row*> by_key;
  for (const BoardColumn& column : columns) {
    for (const Row& row : column.board->rows) by_key.emplace(KeyOf(row), &row);
  }
  std::vector<json> parts;
  std::map<std::string, std::size_t> places;
  for (const std::string& key : KeysInOrder(columns, level)) {
    const Row& row = *by_key.at(key);
    places.emplace(key, table.rows.size());
    parts.push_back(row.parts);
    table.rows.push_back(HeadOf(row));
  }
  const std::vector<std::string> labels = LabelsOf(parts);
  for (std::size_t i = 0; i < labels.size(); ++i) table.rows[i].cells.emplace_back(labels[i]);
  for (const BoardColumn& column : columns) AddBoardColumn(table, places, column, level);
  return table;
}

std::vector<std::string> ConditionLabels(const std::vector<const Board*>& boards) {
  std::vector<LeafMap> leaves;
  for (const Board* board : boards) leaves.push_back(Leaves(board->conditions));
  const std::set<std::string> paths = DifferingPaths(leaves);
  std::set<std::string> parts;  // what the paths begin with: "readout"
  for (const std::string& path : paths) parts.insert(path.substr(0, path.find('.')));
  std::vector<std::string> labels;
  std::set<std::string> names;
  for (const Board* board : boards) {
    std::vector<std::string> own;
    for (const std::string& part : parts)
      own.push_back(TextAt(board->conditions, {part.c_str(), "name"}));
    labels.push_back(Printable(Join(own, ", ")));
    names.insert(labels.back());
  }
  if (names.size() == boards.size()) return labels;
  for (std::size_t i = 0; i < boards.size(); ++i) {
    labels[i] = Printable(PathsText(leaves[i], paths));
  }
  return labels;
}

}  // namespace plasticity
