// Rules down, strategies across, by one metric; then what each forgot, and what its features did.
#include <algorithm>
#include <map>

#include "reports/board_text.h"
#include "reports/layout.h"
#include "reports/layouts/metrics_layout.h"
#include "reports/text_table.h"
#include "reports/words.h"
#include "suite/base/kinds.h"

namespace plasticity {
namespace {

using nlohmann::json;

// What stands down and what across: each cell of the board is a place in it.
struct Cross {
  std::vector<json> rules;       // parts without the strategy
  std::vector<json> strategies;  // the strategy alone; empty: what absence means
  std::map<std::pair<std::size_t, std::size_t>, const Row*> rows;
};

std::size_t Place(std::vector<json>& keys, const json& key) {
  const auto found = std::find(keys.begin(), keys.end(), key);
  if (found == keys.end()) keys.push_back(key);
  return static_cast<std::size_t>(std::find(keys.begin(), keys.end(), key) - keys.begin());
}

Cross CrossOf(const Board& board) {
  Cross cross;
  for (const Row& row : board.rows) {
    json rule = row.parts;
    json strategy = json::object();
    if (rule.contains("strategy")) strategy["strategy"] = rule["strategy"];
    rule.erase("strategy");
    const auto place = std::pair(Place(cross.rules, rule), Place(cross.strategies, strategy));
    cross.rows.emplace(place, &row);  // a second device's row is in the second table alone
  }
  return cross;
}

std::vector<std::string> StrategyLabels(const std::vector<json>& strategies) {
  std::vector<std::string> labels = LabelsOf(strategies);
  for (std::string& label : labels) {
    if (label.empty()) label = KindNamed("strategy").absent;
  }
  return labels;
}

// The indices of `count` things, those with the best mean of `values` first or last.
std::vector<std::size_t> Order(const std::vector<std::vector<double>>& values, bool ascending) {
  std::vector<std::pair<double, std::size_t>> keyed;
  for (std::size_t i = 0; i < values.size(); ++i) {
    double sum = 0;
    for (const double value : values[i]) sum += value;
    const double mean = values[i].empty() ? 0 : sum / static_cast<double>(values[i].size());
    keyed.emplace_back(ascending ? mean : -mean, i);
  }
  std::sort(keyed.begin(), keyed.end());
  std::vector<std::size_t> order;
  for (const auto& [key, index] : keyed) order.push_back(index);
  return order;
}

class Continual final : public Layout {
 public:
  std::vector<Table> Tables(const ResultSet& results, const LayoutOptions& options) const override {
    const MetricsLayout measures("continual", {{"acc.final", "final"},
                                               {"acc.incremental", "incremental"},
                                               {"plasticity", "plasticity"},
                                               {"forgetting.first_last", "forgetting"},
                                               {"probe.final", "probe, final"},
                                               {"probe.forgetting", "probe, forgetting"}});
    std::vector<Table> tables;
    for (const Board& board : results.boards()) {
      const bool shown = options.metric.empty() || HasMetric(board, options.metric);
      if (board.task == "continual" && shown) tables.push_back(Crossed(results, board, options));
    }
    if (!options.metric.empty()) return tables;
    for (Table& table : measures.Tables(results, options)) {
      table.title += ", with what was forgotten";
      tables.push_back(std::move(table));
    }
    return tables;
  }

 private:
  static Table Crossed(const ResultSet& results, const Board& board, const LayoutOptions& options) {
    const MetricInfo metric = InfoOf(board, options.metric);
    const Cross cross = CrossOf(board);
    std::vector<std::vector<double>> by_rule(cross.rules.size());
    std::vector<std::vector<double>> by_strategy(cross.strategies.size());
    for (const auto& [place, row] : cross.rows) {
      const Measured value = Measure(*row, metric.name, options.level);
      if (!value.mean) continue;
      by_rule[place.first].push_back(*value.mean);
      by_strategy[place.second].push_back(*value.mean);
    }
    Table table = BoardTable(results, board, metric, MeasureRows(board, metric.name, options.level),
                             options.level);
    table.rows.clear();
    table.columns.push_back({.key = "row", .heading = "rule"});
    const std::vector<std::size_t> down = Order(by_rule, !metric.higher_is_better);
    const std::vector<std::string> rules = LabelsOf(cross.rules);
    for (const std::size_t rule : down) {
      TableRow row;
      row.about = cross.rules[rule];
      row.cells.emplace_back(rules[rule]);
      table.rows.push_back(std::move(row));
    }
    const std::vector<std::string> strategies = StrategyLabels(cross.strategies);
    for (const std::size_t strategy : Order(by_strategy, metric.higher_is_better)) {
      table.columns.push_back({.key = strategies[strategy],
                               .heading = strategies[strategy],
                               .unit = metric.unit,
                               .citations = CitationsOfColumn(cross, strategy)});
      AddStrategy(table, cross, down, strategy, metric, options.level);
    }
    return table;
  }

  static std::vector<std::string> CitationsOfColumn(const Cross& cross, std::size_t strategy) {
    for (const auto& [place, row] : cross.rows) {
      const std::string key = TextAt(row->strategy_facts, {"citation"});
      if (place.second == strategy && !key.empty()) return {key};
    }
    return {};
  }

  static void AddStrategy(Table& table, const Cross& cross, const std::vector<std::size_t>& down,
                          std::size_t strategy, const MetricInfo& metric, double level) {
    std::vector<MeasuredRow> rows;
    for (const std::size_t rule : down) {
      const auto found = cross.rows.find({rule, strategy});
      if (found == cross.rows.end()) continue;
      rows.push_back({found->second, Measure(*found->second, metric.name, level)});
    }
    MarkBest(table, rows, metric.higher_is_better);
    auto next = rows.begin();
    for (std::size_t i = 0; i < down.size(); ++i) {
      TableRow& row = table.rows[i];
      if (!cross.rows.contains({down[i], strategy})) {
        row.cells.emplace_back();
        continue;
      }
      if (next->row->baseline) row.emphasis = Emphasis::kBaseline;
      const std::string key = TextAt(next->row->facts, {"citation"});
      if (!key.empty()) row.citations = {key};  // the rule's alone
      row.cells.emplace_back((next++)->value);
    }
  }
};
const bool added =
    AddLayout<Continual>("continual", "rules and strategies on streams: accuracy and forgetting");

}  // namespace
}  // namespace plasticity
