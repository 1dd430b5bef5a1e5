// One set of runs at matched budgets: what each rule reached by the end of its own training, and
// what it had reached when it had taken as many images, as much arithmetic or as much time as the
// one that took least of all.
#include <algorithm>
#include <limits>

#include "reports/board_text.h"
#include "reports/format.h"
#include "reports/layout.h"
#include "reports/looks.h"

namespace plasticity {
namespace {

// What learning takes, by its end.
struct Budget {
  std::string key;
  std::string heading;
  std::string unit;  // of `of`
  std::optional<double> (*of)(const Cost& cost);
};

std::optional<double> Images(const Cost& cost) { return static_cast<double>(cost.samples_seen); }

std::optional<double> Arithmetic(const Cost& cost) {
  if (!cost.flops_learn_per_image) return std::nullopt;
  return 1e-12 * static_cast<double>(cost.samples_seen) * *cost.flops_learn_per_image;
}

std::optional<double> Seconds(const Cost& cost) {
  const auto found = cost.wall_s.find("learn");
  if (found == cost.wall_s.end()) return std::nullopt;
  return found->second;
}

const Budget kBudgets[] = {{"images", "same images", "images", &Images},
                           {"arithmetic", "same arithmetic", "TFLOP", &Arithmetic},
                           {"time", "same time", "s", &Seconds}};

bool Learns(const Row& row) {
  return std::any_of(row.cells.begin(), row.cells.end(),
                     [](const Result* cell) { return cell->cost.samples_seen > 0; });
}

// The row that takes least of those that learn, and how much; none where no row says.
std::pair<const Row*, double> Least(const Board& board, const Budget& budget) {
  std::pair<const Row*, double> least = {nullptr, std::numeric_limits<double>::infinity()};
  for (const Row& row : board.rows) {
    const std::optional<double> taken = MeanCost(row, budget.of);
    if (Learns(row) && taken && *taken < least.second) least = {&row, *taken};
  }
  return least;
}

// The accuracy at the last look within this share of the training.
std::optional<double> ReachedBy(const Result& cell, double share, std::string& reason) {
  const std::map<double, double> looks = LooksOf(cell);
  std::optional<double> reached;
  for (const auto& [images, accuracy] : looks) {
    if (images <= share * looks.rbegin()->first * (1 + 1e-9)) reached = accuracy;
  }
  if (!reached) reason = looks.empty() ? "the result has no looks" : "its first look comes later";
  return reached;
}

// Every row by what it had reached with so much of the budget; all of its own where there is none.
std::vector<MeasuredRow> Reached(const Board& board, const Budget* budget, double amount,
                                 double level) {
  std::vector<MeasuredRow> rows;
  for (const Row& row : board.rows) {
    double share = 1;
    std::string unknown;
    if (budget != nullptr && Learns(row)) {
      const std::optional<double> taken = MeanCost(row, budget->of);
      if (!taken) unknown = "the result does not say what it took";
      share = taken ? amount / *taken : 0;
    }
    const auto value = [&](const Result& cell, std::string& reason) {
      reason = unknown;
      return unknown.empty() ? ReachedBy(cell, share, reason) : std::nullopt;
    };
    rows.push_back({&row, Measure(row, value, level)});
  }
  return rows;
}

class Budgets final : public Layout {
 public:
  std::vector<Table> Tables(const ResultSet& results, const LayoutOptions& options) const override {
    std::vector<Table> tables;
    for (const Board& board : results.boards()) {
      if (!LooksOf(board.sample()).empty())
        tables.push_back(TableOf(results, board, options.level));
    }
    return tables;
  }

 private:
  static Table TableOf(const ResultSet& results, const Board& board, double level) {
    const MetricInfo metric{.name = "accuracy.validation",
                            .definition = "share of validation images classified right"};
    std::vector<MeasuredRow> order = Reached(board, nullptr, 0, level);
    SortRows(order, true);
    Table table = BoardTable(results, board, metric, order, level);
    AddLabels(table, order);
    const auto add = [&](const Column& column, const std::vector<MeasuredRow>& unordered) {
      std::vector<MeasuredRow> rows;
      for (const MeasuredRow& place : order) {
        rows.push_back(*std::find_if(unordered.begin(), unordered.end(),
                                     [&](const auto& row) { return row.row == place.row; }));
      }
      MarkBest(table, rows, true);
      AddColumn(table, rows, column, [](const MeasuredRow& row) { return TableCell(row.value); });
    };
    add({.key = "own", .heading = "own budget", .unit = "fraction"}, order);
    AddColumn(table, order,
              {.key = "images_to_converge",
               .heading = "images to converge",
               .unit = "count",
               .expendable = 1},
              [&](const MeasuredRow& row) {
                return NumberOrNothing(Measure(*row.row, "curve.images_to_converge", level).mean);
              });
    for (const Budget& budget : kBudgets) {
      const auto [row, amount] = Least(board, budget);
      if (row == nullptr) continue;
      add({.key = budget.key, .heading = budget.heading, .unit = "fraction"},
          Reached(board, &budget, amount, level));
      table.facts.emplace_back(budget.heading, AmountText(amount, budget.unit) +
                                                   ", which is what " + row->label +
                                                   " takes, least of those that learn; the last "
                                                   "look before more was taken counts");
    }
    return table;
  }

  static std::string AmountText(double amount, const std::string& unit) {
    if (unit == "images") return ValueText(amount, "count") + " images";
    return ValueText(amount, unit) + (unit == "s" ? "" : " " + unit);
  }
};
const bool added = AddLayout<Budgets>(
    "budgets", "accuracy with each rule's own budget, and with the same images, arithmetic, time");

}  // namespace
}  // namespace plasticity
