// What each row cost: time, speed, arithmetic, memory, energy.
#include <algorithm>

#include "reports/board_text.h"
#include "reports/layout.h"

namespace plasticity {
namespace {

std::optional<double> Seconds(const Cost& cost, const char* phase) {
  const auto found = cost.wall_s.find(phase);
  if (found == cost.wall_s.end()) return std::nullopt;
  return found->second;
}

std::optional<double> StateBytes(const Cost& cost, const char* part) {
  const auto found = cost.state_bytes.find(part);
  if (found == cost.state_bytes.end()) return std::nullopt;
  return static_cast<double>(found->second);
}

template <typename Value>
std::optional<double> AsDouble(const std::optional<Value>& value) {
  if (!value) return std::nullopt;
  return static_cast<double>(*value);
}

// What the learning steps attain of what a matrix product does on the machine, 0 to 1; none where
// its speed was not measured.
std::optional<double> ShareOfMachine(const Result& cell) {
  const auto speed = cell.env.find("speed");
  const Cost& cost = cell.cost;
  if (speed == cell.env.end() || !cost.flops_learn_per_image || !cost.images_per_s)
    return std::nullopt;
  const double most = speed->value("product_flops", 0.0);
  if (most <= 0) return std::nullopt;
  return *cost.flops_learn_per_image * *cost.images_per_s / most;
}

class CostLayout final : public Layout {
 public:
  std::vector<Table> Tables(const ResultSet& results, const LayoutOptions& options) const override {
    std::vector<Table> tables;
    for (const Board& board : results.boards()) {
      if (!options.metric.empty() && !HasMetric(board, options.metric)) continue;
      const MetricInfo metric = InfoOf(board, options.metric);
      std::vector<MeasuredRow> rows = MeasureRows(board, metric.name, options.level);
      SortRows(rows, metric.higher_is_better);
      Table table = BoardTable(results, board, metric, rows, options.level);
      MarkBest(table, rows, metric.higher_is_better);
      AddLabels(table, rows);
      AddColumn(table, rows, {.key = metric.name, .heading = metric.name, .unit = metric.unit},
                [](const MeasuredRow& row) { return TableCell(row.value); });
      AddCosts(table, rows);
      tables.push_back(std::move(table));
    }
    return tables;
  }

 private:
  static void AddCosts(Table& table, const std::vector<MeasuredRow>& rows) {
    // A column that is empty in every row is left out.
    const auto add_of = [&](const std::string& key, const std::string& heading,
                            const std::string& unit, int expendable, const auto& mean) {
      const auto cell = [&](const MeasuredRow& row) { return NumberOrNothing(mean(*row.row)); };
      const bool any = std::any_of(rows.begin(), rows.end(), [&](const MeasuredRow& row) {
        return std::holds_alternative<Number>(cell(row));
      });
      if (!any) return;
      AddColumn(table, rows,
                {.key = key, .heading = heading, .unit = unit, .expendable = expendable}, cell);
    };
    const auto add = [&](const std::string& key, const std::string& heading,
                         const std::string& unit, int expendable, auto value) {
      add_of(key, heading, unit, expendable, [&](const Row& row) { return MeanCost(row, value); });
    };
    add("samples_seen", "images seen", "count", 3,
        [](const Cost& cost) { return std::optional(static_cast<double>(cost.samples_seen)); });
    add("images_per_s", "images/s", "images/s", 1,
        [](const Cost& cost) { return cost.images_per_s; });
    add_of("share_of_machine", "of the machine's speed", "fraction", 1,
           [](const Row& row) { return MeanOfCells(row, ShareOfMachine); });
    for (const char* phase : {"total", "learn", "readout", "evaluate"}) {
      add(std::string("wall_s.") + phase, phase, "s", 2,
          [phase](const Cost& cost) { return Seconds(cost, phase); });
    }
    add("flops_forward", "MFLOP forward", "MFLOP", 4, [](const Cost& cost) {
      return cost.flops_forward_per_image ? std::optional(1e-6 * *cost.flops_forward_per_image)
                                          : std::nullopt;
    });
    add("flops_learn", "MFLOP a step's image", "MFLOP", 4, [](const Cost& cost) {
      return cost.flops_learn_per_image ? std::optional(1e-6 * *cost.flops_learn_per_image)
                                        : std::nullopt;
    });
    add("peak_host_bytes", "peak MB", "bytes", 2,
        [](const Cost& cost) { return AsDouble(cost.peak_host_bytes); });
    add("peak_device_bytes", "GPU MB", "bytes", 2,
        [](const Cost& cost) { return AsDouble(cost.peak_device_bytes); });
    for (const char* part : {"network", "rule", "strategy", "readout"}) {
      add(std::string("state_bytes.") + part, std::string(part) + " MB", "bytes", 5,
          [part](const Cost& cost) { return StateBytes(cost, part); });
    }
    add("energy_j", "energy (J)", "J", 5, [](const Cost& cost) { return cost.energy_j; });
  }
};
const bool added = AddLayout<CostLayout>("cost", "time, speed, arithmetic, memory and energy");

}  // namespace
}  // namespace plasticity
