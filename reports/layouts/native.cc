// Rules in their own published protocols: what was published, what was measured, the difference.
#include <algorithm>
#include <map>
#include <tuple>

#include "reports/board_text.h"
#include "reports/layout.h"
#include "reports/layouts/across_boards.h"
#include "reports/published_text.h"
#include "reports/words.h"

namespace plasticity {
namespace {

// A row of the native track beside what its paper reports, if we have that.
struct Pair {
  BoardColumn board;
  const Row* row = nullptr;
  std::optional<PublishedNumber> published;
};

using Pairs = std::vector<Pair>;

// In what the cells of a rule differ from each other, "" for a rule that stands there once.
std::vector<std::string> Differences(const Pairs& pairs) {
  std::map<std::string, std::vector<LeafMap>> by_rule;
  std::vector<LeafMap> leaves;
  for (const Pair& pair : pairs) {
    nlohmann::json asked = pair.board.board->conditions;
    asked["rule"] = pair.row->parts.at("rule");
    leaves.push_back(Leaves(asked));
    by_rule[pair.row->rule()].push_back(leaves.back());
  }
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    texts.push_back(PathsText(leaves[i], DifferingPaths(by_rule.at(pairs[i].row->rule()))));
  }
  return texts;
}

class Native final : public Layout {
 public:
  std::vector<Table> Tables(const ResultSet& results, const LayoutOptions& options) const override {
    std::map<std::tuple<std::string, std::string, std::string>, Pairs> groups;
    for (const Board& board : results.boards()) {
      for (const Row& row : board.rows) {
        if (TextAt(row.facts, {"track"}) != "native") continue;
        const auto add = [&](const std::string& metric, std::optional<PublishedNumber> number) {
          const BoardColumn column{&board, InfoOf(board, metric), row.label};
          if (!options.metric.empty() && column.metric.name != options.metric) return;
          groups[{board.task, board.data, column.metric.name}].push_back({column, &row, number});
        };
        const std::vector<PublishedNumber> numbers = NativeNumbers(board, row);
        for (const PublishedNumber& number : numbers) add(number.metric, number);
        if (numbers.empty()) add("", std::nullopt);
      }
    }
    std::vector<Table> tables;
    for (const auto& [key, pairs] : groups) {
      tables.push_back(Compared(results, pairs, options));
      const auto& [task, data, metric] = key;
      tables.back().title = task + " on " + data + ", native track, " + metric;
    }
    return tables;
  }

 private:
  static Table Compared(const ResultSet& results, const Pairs& pairs,
                        const LayoutOptions& options) {
    std::vector<BoardColumn> boards;
    std::vector<MeasuredRow> rows;
    std::vector<PublishedNumber> numbers;
    for (const Pair& pair : pairs) {
      boards.push_back(pair.board);
      rows.push_back({pair.row, Measure(*pair.row, pair.board.metric.name, options.level)});
      if (pair.published) numbers.push_back(*pair.published);
    }
    Table table = BoardsTable(results, boards, options.level);
    // Each rule has its own network, readout and budget: its Results say them.
    std::erase_if(table.facts, [](const auto& fact) {
      return fact.first != "measured" && fact.first != "data";
    });
    Board shown;
    for (const MeasuredRow& row : rows) {
      table.rows.push_back(HeadOf(*row.row));
      shown.rows.push_back(*row.row);
    }
    table.provenance = ProvenanceOf(shown);
    AddColumns(table, pairs, rows);
    for (std::string& note : SourceNotes(numbers)) table.notes.push_back(std::move(note));
    return table;
  }

  static void AddColumns(Table& table, const Pairs& pairs, const std::vector<MeasuredRow>& rows) {
    const std::string unit = pairs.front().board.metric.unit;
    const std::vector<std::string> differences = Differences(pairs);
    const auto place = [&](const MeasuredRow& row) {
      return static_cast<std::size_t>(&row - rows.data());
    };
    const auto add = [&](Column column, auto cell) {
      AddColumn(table, rows, std::move(column), [&](const MeasuredRow& row) -> TableCell {
        return cell(pairs[place(row)], row.value);
      });
    };
    using Cell = TableCell;
    AddLabels(table, rows);
    add({.key = "network", .heading = "network", .expendable = 2},
        [](const Pair& pair, const Measured&) -> Cell {
          return TextAt(pair.board.board->conditions, {"network", "name"});
        });
    const bool alone = std::all_of(differences.begin(), differences.end(),
                                   [](const std::string& text) { return text.empty(); });
    AddColumn(table, rows,
              {.key = "only_here", .heading = "only here", .expendable = 3, .redundant = alone},
              [&](const MeasuredRow& row) -> Cell { return differences[place(row)]; });
    add({.key = "published", .heading = "published", .unit = unit},
        [](const Pair& pair, const Measured&) {
          return pair.published ? Cell(CellOf(*pair.published)) : Cell();
        });
    add({.key = "measured", .heading = "measured", .unit = unit},
        [](const Pair&, const Measured& value) -> Cell { return value; });
    add({.key = "difference", .heading = "difference", .unit = unit},
        [](const Pair& pair, const Measured& value) {
          const bool both = pair.published && value.mean;
          return both ? Cell(Number{*value.mean - pair.published->value, true}) : Cell();
        });
    add({.key = "seeds", .heading = "seeds", .expendable = 1},
        [](const Pair& pair, const Measured&) -> Cell { return SeedsOf(*pair.row); });
    add({.key = "source", .heading = "published for", .expendable = 4},
        [](const Pair& pair, const Measured&) {
          return pair.published ? Cell(AboutPublished(*pair.published)) : Cell();
        });
  }
};
const bool added =
    AddLayout<Native>("native", "rules in their own protocols: published, measured, difference");

}  // namespace
}  // namespace plasticity
