// Boards of one task and data side by side, in what they differ: readouts, widths, budgets.
#include <map>

#include "reports/layout.h"
#include "reports/layouts/across_boards.h"
#include "reports/text_table.h"

namespace plasticity {
namespace {

class Ablation final : public Layout {
 public:
  std::vector<Table> Tables(const ResultSet& results, const LayoutOptions& options) const override {
    std::map<std::pair<std::string, std::string>, std::vector<const Board*>> alike;
    for (const Board& board : results.boards()) {
      if (!options.metric.empty() && !HasMetric(board, options.metric)) continue;
      alike[{board.task, board.data}].push_back(&board);
    }
    std::vector<Table> tables;
    for (const auto& [key, boards] : alike) {
      if (boards.size() < 2) continue;  // nothing to set side by side
      const std::vector<std::string> labels = ConditionLabels(boards);
      std::vector<BoardColumn> columns;
      for (std::size_t i = 0; i < boards.size(); ++i) {
        columns.push_back({boards[i], InfoOf(*boards[i], options.metric), labels[i]});
      }
      tables.push_back(AcrossBoards(results, columns, options.level));
      tables.back().title =
          Printable(key.first + " on " + key.second + ", " + columns.front().metric.name);
    }
    return tables;
  }
};
const bool added =
    AddLayout<Ablation>("ablation", "conditions of one task side by side, in what they differ");

}  // namespace
}  // namespace plasticity
