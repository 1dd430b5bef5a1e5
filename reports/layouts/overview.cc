// What a rule is good for, in one row: the headline of every task, and what it forgot.
#include <map>

#include "reports/layout.h"
#include "reports/layouts/across_boards.h"

namespace plasticity {
namespace {

class Overview final : public Layout {
 public:
  std::vector<Table> Tables(const ResultSet& results, const LayoutOptions& options) const override {
    std::vector<BoardColumn> columns;
    std::map<std::string, int> boards;  // by task and data
    for (const Board& board : results.boards()) ++boards[board.task + " on " + board.data];
    std::map<std::string, std::vector<const Board*>> alike;
    for (const Board& board : results.boards())
      alike[board.task + " on " + board.data].push_back(&board);
    for (const auto& [name, same] : alike) {
      const std::vector<std::string> labels =
          same.size() > 1 ? ConditionLabels(same) : std::vector<std::string>(1);
      for (std::size_t i = 0; i < same.size(); ++i) {
        const Board& board = *same[i];
        const std::string condition = labels[i].empty() ? "" : " (" + labels[i] + ")";
        Add(columns, board, options.metric, board.task + condition);
        if (board.task == "continual" && options.metric.empty()) {
          Add(columns, board, "forgetting.first_last", "forgetting" + condition);
        }
      }
    }
    if (columns.empty()) return {};
    Table table = AcrossBoards(results, columns, options.level);
    table.title = "overview";
    return {table};
  }

 private:
  static void Add(std::vector<BoardColumn>& columns, const Board& board, const std::string& metric,
                  const std::string& heading) {
    if (!metric.empty() && !HasMetric(board, metric)) return;
    columns.push_back({&board, InfoOf(board, metric), heading});
  }
};
const bool added = AddLayout<Overview>("overview", "one row a rule over all tasks' headlines");

}  // namespace
}  // namespace plasticity
