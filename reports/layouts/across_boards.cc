#include "reports/layouts/across_boards.h"

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

// What makes rows of several boards one row: their parts, or the parts' names alone where these
// tell all rows of every board apart, since a rule may be set otherwise for another task.
class RowKey {
 public:
  explicit RowKey(const std::vector<BoardColumn>& columns) {
    for (const BoardColumn& column : columns) {
      std::set<std::string> keys;
      for (const Row& row : column.board->rows) {
        if (!keys.insert(NamesAndDevice(row)).second) names_suffice_ = false;
      }
    }
  }
  std::string operator()(const Row& row) const {
    return names_suffice_ ? NamesAndDevice(row) : row.key();
  }
  // The parts as they name the row.
  json PartsOf(const Row& row) const { return names_suffice_ ? Names(row) : row.parts; }

 private:
  static json Names(const Row& row) {
    json names = json::object();
    for (const auto& item : row.parts.items()) {
      names[item.key()] = {{"name", TextAt(item.value(), {"name"})}};
      if (item.value().contains("plugin")) names[item.key()]["plugin"] = item.value()["plugin"];
    }
    return names;
  }
  static std::string NamesAndDevice(const Row& row) {
    return json({Names(row), row.device_type}).dump();
  }

  bool names_suffice_ = true;
};

// The rows' keys, those that stand best in the first column first.
std::vector<std::string> KeysInOrder(const std::vector<BoardColumn>& columns, const RowKey& key,
                                     double level) {
  std::vector<std::string> keys;
  std::set<std::string> known;
  for (const BoardColumn& column : columns) {
    std::vector<MeasuredRow> rows = MeasureRows(*column.board, column.metric.name, level);
    SortRows(rows, column.metric.higher_is_better);
    for (const MeasuredRow& row : rows) {
      if (known.insert(key(*row.row)).second) keys.push_back(key(*row.row));
    }
  }
  return keys;
}

void AddBoardColumn(Table& table, const std::map<std::string, std::size_t>& places,
                    const RowKey& key, const BoardColumn& column, double level) {
  std::vector<MeasuredRow> rows = MeasureRows(*column.board, column.metric.name, level);
  MarkBest(table, rows, column.metric.higher_is_better);
  table.columns.push_back({.key = column.heading + " " + column.metric.name,
                           .heading = column.heading,
                           .unit = column.metric.unit});
  for (TableRow& row : table.rows) row.cells.emplace_back();
  for (const MeasuredRow& row : rows) {
    table.rows[places.at(key(*row.row))].cells.back() = row.value;
  }
}

// What was measured, without how its seeds are summed up.
std::string FirstClause(const std::vector<std::pair<std::string, std::string>>& facts) {
  for (const auto& [heading, sentence] : facts) {
    if (heading == "measured") return sentence.substr(0, sentence.rfind("; "));
  }
  return "";
}

}  // namespace

Table BoardsTable(const ResultSet& results, const std::vector<BoardColumn>& columns, double level) {
  Table table;
  std::vector<Table> each;
  std::set<std::string> measured, notes;
  std::set<const Board*> boards;
  Board all;  // of whose cells the provenance tells
  table.about["columns"] = json::array();
  for (const BoardColumn& column : columns) {
    const std::vector<MeasuredRow> rows = MeasureRows(*column.board, column.metric.name, level);
    each.push_back(BoardTable(results, *column.board, column.metric, rows, level));
    const std::string what = FirstClause(each.back().facts);
    table.facts.emplace_back(column.heading, column.metric.name + ": " + what);
    measured.insert(table.facts.back().second);
    for (const std::string& note : each.back().notes) {
      if (notes.insert(note).second) table.notes.push_back(note);
    }
    if (boards.insert(column.board).second) {
      all.rows.insert(all.rows.end(), column.board->rows.begin(), column.board->rows.end());
    }
    table.about["columns"].push_back(each.back().about);
  }
  if (measured.size() == 1) table.facts = {{"measured", *measured.begin()}};
  for (const auto& fact : each.front().facts) {
    const bool everywhere = std::all_of(each.begin(), each.end(), [&](const Table& one) {
      return std::find(one.facts.begin(), one.facts.end(), fact) != one.facts.end();
    });
    if (everywhere && fact.first != "measured") table.facts.push_back(fact);
  }
  table.provenance = ProvenanceOf(all);
  return table;
}

Table AcrossBoards(const ResultSet& results, const std::vector<BoardColumn>& columns,
                   double level) {
  Table table = BoardsTable(results, columns, level);
  table.columns.push_back({.key = "row", .heading = "rule"});
  const RowKey row_key(columns);
  std::map<std::string, const Row*> by_key;
  for (const BoardColumn& column : columns) {
    for (const Row& row : column.board->rows) by_key.emplace(row_key(row), &row);
  }
  std::vector<json> parts;
  std::map<std::string, std::size_t> places;
  for (const std::string& key : KeysInOrder(columns, row_key, level)) {
    const Row& row = *by_key.at(key);
    places.emplace(key, table.rows.size());
    parts.push_back(row_key.PartsOf(row));
    table.rows.push_back(HeadOf(row));
  }
  const std::vector<std::string> labels = LabelsOf(parts);
  for (std::size_t i = 0; i < labels.size(); ++i) table.rows[i].cells.emplace_back(labels[i]);
  std::set<std::string> reset;  // rows that are set otherwise from column to column
  for (const BoardColumn& column : columns) {
    for (const Row& row : column.board->rows) {
      if (row.parts != by_key.at(row_key(row))->parts) reset.insert(NamesOf(row.parts));
    }
  }
  if (!reset.empty()) {
    table.notes.push_back("Set otherwise from column to column, rows are by name: " +
                          Printable(Join({reset.begin(), reset.end()}, ", ")) + ".");
  }
  for (const BoardColumn& column : columns) AddBoardColumn(table, places, row_key, column, level);
  return table;
}

namespace {

// "network.width=0.5 setting=class-incremental": the leaves, those that lie deep by the last words
// of their paths, where no two have the same.
std::string ShortText(const LeafMap& leaves, const std::set<std::string>& paths) {
  LeafMap shortened;
  std::set<std::string> words;
  for (const std::string& path : paths) {
    const bool deep = std::count(path.begin(), path.end(), '.') > 1;
    const std::string word = deep ? path.substr(path.rfind('.') + 1) : path;
    if (!words.insert(word).second) return PathsText(leaves, paths);
    if (const auto leaf = leaves.find(path); leaf != leaves.end()) shortened[word] = leaf->second;
  }
  return PathsText(shortened, words);
}

}  // namespace

std::vector<std::string> ConditionLabels(const std::vector<const Board*>& boards) {
  std::vector<LeafMap> leaves;
  for (const Board* board : boards) leaves.push_back(Leaves(board->conditions));
  const std::set<std::string> paths = DifferingPaths(leaves);
  std::set<std::string> parts;  // what the paths begin with: "readout"
  for (const std::string& path : paths) parts.insert(path.substr(0, path.find('.')));
  std::vector<std::string> labels(boards.size());
  bool names_tell = true;  // parts of one name are the same part, and no two boards have all names
  std::map<std::string, nlohmann::json> known;
  for (std::size_t i = 0; i < boards.size(); ++i) {
    std::vector<std::string> names;
    for (const std::string& part : parts) {
      names.push_back(TextAt(boards[i]->conditions, {part.c_str(), "name"}));
      const json own = boards[i]->conditions.value(part, json());
      const auto [same, is_new] = known.emplace(part + " " + names.back(), own);
      names_tell = names_tell && !names.back().empty() && (is_new || same->second == own);
    }
    labels[i] = Printable(Join(names, ", "));
  }
  if (names_tell) return labels;
  for (std::size_t i = 0; i < boards.size(); ++i)
    labels[i] = Printable(ShortText(leaves[i], paths));
  return labels;
}

}  // namespace plasticity
