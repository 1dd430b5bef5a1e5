// What can be claimed: each row against one reference, over common seeds and over images.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/board_text.h"
#include "reports/layout.h"
#include "reports/statistics/bayes.h"
#include "reports/statistics/family.h"
#include "reports/statistics/paired.h"
#include "reports/statistics/summary.h"
#include "reports/text_table.h"
#include "reports/words.h"
#include "suite/base/error.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

constexpr double kPractical = 0.005;  // half a point is as good as nothing

// One row against the reference.
struct Comparison {
  std::vector<double> differences;  // over common seeds, above zero where the row is better
  double p_seeds = 1;
  std::optional<double> p_images;  // McNemar's, the largest over common seeds; none: not stored
};

const MeasuredRow& ReferenceAmong(const std::vector<MeasuredRow>& rows, const std::string& label) {
  std::vector<std::string> labels;
  for (const MeasuredRow& row : rows) {
    if (label.empty() ? row.row->role == "floor" && row.value.mean : row.row->label == label) {
      return row;
    }
    labels.push_back(row.row->label);
  }
  if (label.empty()) return rows.front();
  throw InputError("no row '" + label + "' to compare with." + NearestHint(label, labels) +
                   " There are " + Join(labels, ", ") + ".");
}

std::vector<double> InPairs(const MeasuredRow& row, const MeasuredRow& reference, double sign) {
  const auto [own, others] = Paired(row.value, reference.value);
  if (own.empty()) return {};
  std::vector<double> differences = Differences(own, others);
  for (double& difference : differences) difference *= sign;
  return differences;
}

// A difference over seeds as a metric is shown: mean and interval.
Measured AsMeasured(const std::vector<double>& differences, double level) {
  Measured measured;
  measured.level = level;
  for (const double difference : differences) {
    measured.runs.push_back({.state = "ok", .value = difference});
  }
  if (differences.empty()) return measured;
  measured.mean = Mean(differences);
  if (differences.size() > 1) {
    measured.halfwidth = ConfidenceInterval(differences, level).halfwidth;
  }
  return measured;
}

std::string PText(double p) { return p < 0.001 ? "< 0.001" : fmt::format("{:.3f}", p); }

class Claims final : public Layout {
 public:
  std::vector<Table> Tables(const ResultSet& results, const LayoutOptions& options) const override {
    std::vector<Table> tables;
    for (const Board& board : results.boards()) {
      const bool shown = options.metric.empty() || HasMetric(board, options.metric);
      if (shown && board.rows.size() > 1) tables.push_back(Compared(results, board, options));
    }
    return tables;
  }

 private:
  static Table Compared(const ResultSet& results, const Board& board,
                        const LayoutOptions& options) {
    const MetricInfo metric = InfoOf(board, options.metric);
    std::vector<MeasuredRow> rows = MeasureRows(board, metric.name, options.level);
    SortRows(rows, metric.higher_is_better);
    const MeasuredRow& reference = ReferenceAmong(rows, options.reference);
    std::vector<Comparison> comparisons;
    for (const MeasuredRow& row : rows) {
      Comparison one;
      if (&row != &reference) {
        one.differences = InPairs(row, reference, metric.higher_is_better ? 1 : -1);
        if (!one.differences.empty()) one.p_seeds = SignFlipTest(one.differences).two_sided;
        one.p_images = ImagesP(*row.row, *reference.row, metric.name);
      }
      comparisons.push_back(std::move(one));
    }
    Table table = BoardTable(results, board, metric, rows, options.level);
    table.title += Printable(", against " + reference.row->label);
    AddLabels(table, rows);
    AddColumn(table, rows, {.key = metric.name, .heading = metric.name, .unit = metric.unit},
              [](const MeasuredRow& row) { return TableCell(row.value); });
    AddComparisons(table, rows, comparisons, reference, metric, options.level);
    if (options.reference.empty() && reference.row->role != "floor") {
      table.notes.push_back("No floor is on this board: rows are compared with the first, " +
                            reference.row->label + ". --reference LABEL names another.");
    }
    return table;
  }

  static void AddComparisons(Table& table, const std::vector<MeasuredRow>& rows,
                             const std::vector<Comparison>& comparisons,
                             const MeasuredRow& reference, const MetricInfo& metric, double level) {
    const auto of = [&](const MeasuredRow& row) -> const Comparison& {
      return comparisons[static_cast<std::size_t>(&row - rows.data())];
    };
    std::vector<double> seeds, images;
    std::size_t fewest = SIZE_MAX;
    for (const MeasuredRow& row : rows) {
      if (&row == &reference || of(row).differences.empty()) continue;
      seeds.push_back(of(row).p_seeds);
      images.push_back(of(row).p_images.value_or(1));
      fewest = std::min(fewest, of(row).differences.size());
    }
    const std::vector<double> holm_seeds = Adjusted(seeds), holm_images = Adjusted(images);
    const int needed = PairsForClaim(static_cast<int>(seeds.size()));
    const bool images_known =
        std::any_of(comparisons.begin(), comparisons.end(),
                    [](const Comparison& one) { return one.p_images.has_value(); });
    AddColumn(table, rows, {.key = "difference", .heading = "better by", .unit = metric.unit},
              [&](const MeasuredRow& row) {
                const std::vector<double>& differences = of(row).differences;
                return differences.empty() ? TableCell()
                                           : TableCell(AsMeasured(differences, level));
              });
    std::size_t next = 0;
    AddColumn(table, rows, {.key = "p_seeds", .heading = "p, seeds"}, [&](const MeasuredRow& row) {
      if (&row == &reference) return TableCell("(reference)");
      if (of(row).differences.empty()) return TableCell("no common seed");
      const double p = holm_seeds[next++];
      const auto pairs = static_cast<int>(of(row).differences.size());
      return TableCell(pairs < needed ? fmt::format("{} of {} seeds", pairs, needed) : PText(p));
    });
    next = 0;
    if (images_known) {
      AddColumn(table, rows, {.key = "p_images", .heading = "p, images"},
                [&](const MeasuredRow& row) {
                  if (&row == &reference || of(row).differences.empty()) return TableCell();
                  const double p = holm_images[next++];
                  return TableCell(of(row).p_images ? PText(p) : "answers not kept");
                });
    }
    AddColumn(table, rows, {.key = "practical", .heading = "worse, alike, better"},
              [&](const MeasuredRow& row) {
                const std::vector<double>& differences = of(row).differences;
                const bool enough = differences.size() >= kSeedsForClaim;
                if (!enough || metric.unit != "fraction") return TableCell();
                const Practical p = SignedRankTest(differences, kPractical, 0.5, 10'000);
                return TableCell(fmt::format("{:.0f} {:.0f} {:.0f} %", 100 * p.left, 100 * p.equal,
                                             100 * p.right));
              });
    table.notes.push_back(fmt::format(
        "p, seeds: exact sign-flip test over common seeds, two-sided, adjusted by Holm for {}, for "
        "which a claim needs {}. {} Worse, alike, better: Bayesian signed-rank test "
        "with half a point as practically equal, from {} seeds on.",
        Plural(seeds.size(), "comparison"), Plural(static_cast<std::size_t>(needed), "seed"),
        images_known ? "p, images: McNemar's exact test over the images, the largest p of all "
                       "common seeds, adjusted likewise."
                     : "No test over images: the answers behind this metric are not kept by image.",
        static_cast<int>(kSeedsForClaim)));
  }
};
const bool added =
    AddLayout<Claims>("claims", "each row against a reference: differences, tests, equivalence");

}  // namespace
}  // namespace plasticity
