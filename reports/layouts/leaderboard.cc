// Each board ranked by one metric, with what it cost.
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "reports/board_text.h"
#include "reports/evidence.h"
#include "reports/layout.h"
#include "reports/published_text.h"
#include "reports/text_table.h"
#include "reports/words.h"

namespace plasticity {
namespace {

std::string Fact(const Row& row, const char* key) {
  const auto found = row.facts.find(key);
  if (found == row.facts.end()) return "";
  if (found->is_boolean()) return found->get<bool>() ? "yes" : "no";
  return found->is_string() ? Printable(found->get<std::string>()) : "";
}

// From 1 among those of one tuning budget, equal means sharing; none for baselines and rows without
// a mean.
std::vector<std::optional<int>> Ranks(const std::vector<MeasuredRow>& sorted) {
  struct Last {
    int place = 0, rank = 0;
    std::optional<double> mean;
  };
  std::vector<std::optional<int>> ranks;
  std::map<std::string, Last> by_tuning;
  for (const MeasuredRow& row : sorted) {
    if (!row.value.mean || row.row->baseline) {
      ranks.emplace_back();
      continue;
    }
    Last& last = by_tuning[row.row->tuning];
    ++last.place;
    if (last.mean != row.value.mean) last.rank = last.place;
    last.mean = row.value.mean;
    ranks.emplace_back(last.rank);
  }
  return ranks;
}

// The best row that is the ceiling, if one has a mean.
const MeasuredRow* CeilingOf(const std::vector<MeasuredRow>& sorted) {
  for (const MeasuredRow& row : sorted) {
    if (row.value.mean && row.row->role == "ceiling") return &row;
  }
  return nullptr;
}

TableCell Distance(const MeasuredRow& row, const MeasuredRow& ceiling) {
  const std::string tag = row.row->role.empty() ? "" : "(" + row.row->role + ")";
  if (!row.value.mean) return {};
  if (&row == &ceiling) return tag;
  return Number{*row.value.mean - *ceiling.value.mean, true, tag};
}

class Leaderboard final : public Layout {
 public:
  std::vector<Table> Tables(const ResultSet& results, const LayoutOptions& options) const override {
    std::vector<Table> tables;
    for (const Board& board : results.boards()) {
      if (!options.metric.empty() && !HasMetric(board, options.metric)) continue;
      tables.push_back(Ranked(results, board, options));
    }
    return tables;
  }

 private:
  static Table Ranked(const ResultSet& results, const Board& board, const LayoutOptions& options) {
    const MetricInfo metric = InfoOf(board, options.metric);
    std::vector<MeasuredRow> rows = MeasureRows(board, metric.name, options.level);
    SortRows(rows, metric.higher_is_better);
    const MeasuredRow* ceiling = CeilingOf(rows);
    Table table = BoardTable(results, board, metric, rows, options.level);
    MarkBest(table, rows, metric.higher_is_better);
    AddColumns(table, rows, metric, ceiling);
    const std::vector<std::optional<int>> ranks = Ranks(rows);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (ranks[i] == 1) table.rows[i].emphasis = Emphasis::kFirst;
      if (ranks[i]) table.rows[i].cells.front() = Number{static_cast<double>(*ranks[i])};
    }
    if (options.evidence) AddEvidence(table, rows, EvidenceOf(results));
    if (options.published) AddPublished(table, board, metric);
    if (ceiling == nullptr) {
      table.notes.push_back(std::string("No complete result of the ceiling (") +
                            (board.of_strategies() ? "joint or cumulative" : "backprop") +
                            ") under these conditions: no distance to it.");
    }
    return table;
  }

  static void AddEvidence(Table& table, const std::vector<MeasuredRow>& rows,
                          const std::map<std::string, Evidence>& evidence) {
    std::set<std::string> said;
    AddColumn(table, rows, {.key = "evidence", .heading = "evidence"}, [&](const MeasuredRow& row) {
      const auto found = evidence.find(row.row->rule());
      if (found == evidence.end()) return TableCell();
      const std::string missing = found->second.Missing();
      if (!missing.empty() && said.insert(found->first).second) {
        table.notes.push_back("Missing for " + found->first + ": " + missing + ".");
      }
      return TableCell(found->second.InWords());
    });
  }

  static void AddColumns(Table& table, const std::vector<MeasuredRow>& rows,
                         const MetricInfo& metric, const MeasuredRow* ceiling) {
    std::vector<RowCost> costs;
    for (const MeasuredRow& row : rows) costs.push_back(CostOf(*row.row));
    const auto cost = [&](const MeasuredRow& row) -> const RowCost& {
      return costs[static_cast<std::size_t>(&row - rows.data())];
    };
    const bool same_seeds = std::all_of(rows.begin(), rows.end(), [&](const MeasuredRow& row) {
      return SeedsOf(*row.row) == SeedsOf(*rows.front().row);
    });
    std::int64_t seen = 0;
    bool same_samples = true;
    const bool tuned = std::any_of(rows.begin(), rows.end(),
                                   [](const MeasuredRow& row) { return !row.row->tuning.empty(); });
    bool on_device = false;
    for (const RowCost& one : costs) {
      on_device = on_device || one.peak_device_bytes;
      if (one.samples_seen == 0) continue;
      same_samples = same_samples && (seen == 0 || seen == one.samples_seen);
      seen = one.samples_seen;
    }
    const bool accuracy = metric.name.rfind("accuracy.", 0) == 0;
    const auto add = [&](Column column, auto cell) {
      AddColumn(table, rows, std::move(column), cell);
    };
    add({.key = "rank", .heading = "#", .unit = "count"},
        [](const MeasuredRow&) { return TableCell(); });
    AddLabels(table, rows);
    add({.key = "labels", .heading = "labels", .expendable = 3},
        [](const MeasuredRow& row) { return TableCell(Fact(*row.row, "needs_labels")); });
    add({.key = "locality", .heading = "locality", .expendable = 4},
        [](const MeasuredRow& row) { return TableCell(Fact(*row.row, "locality")); });
    add({.key = metric.name, .heading = accuracy ? "accuracy" : metric.name, .unit = metric.unit},
        [](const MeasuredRow& row) { return TableCell(row.value); });
    if (ceiling != nullptr) {
      add({.key = "vs_ceiling",
           .heading = "vs " + ceiling->row->label,
           .unit = metric.unit,
           .expendable = 1},
          [&](const MeasuredRow& row) { return Distance(row, *ceiling); });
    }
    add({.key = "seeds", .heading = "seeds", .expendable = 2, .redundant = same_seeds},
        [](const MeasuredRow& row) { return TableCell(SeedsOf(*row.row)); });
    if (tuned) {
      add({.key = "tuning", .heading = "tuning"}, [](const MeasuredRow& row) {
        return TableCell(row.row->tuning.empty() ? "none" : row.row->tuning);
      });
    }
    add({.key = "images_per_s", .heading = "images/s", .unit = "images/s", .expendable = 5},
        [&](const MeasuredRow& row) { return NumberOrNothing(cost(row).images_per_s); });
    add({.key = "samples_seen",
         .heading = "images seen",
         .unit = "count",
         .expendable = 2,
         .redundant = same_samples},
        [&](const MeasuredRow& row) {
          if (row.row->imported()) return TableCell();
          return TableCell(Number{static_cast<double>(cost(row).samples_seen)});
        });
    add({.key = "wall_total_s", .heading = "time", .unit = "s", .expendable = 7},
        [&](const MeasuredRow& row) { return NumberOrNothing(cost(row).wall_total_s); });
    add({.key = "peak_host_bytes", .heading = "peak MB", .unit = "bytes", .expendable = 6},
        [&](const MeasuredRow& row) { return NumberOrNothing(cost(row).peak_host_bytes); });
    if (on_device) {
      add({.key = "peak_device_bytes", .heading = "GPU MB", .unit = "bytes", .expendable = 6},
          [&](const MeasuredRow& row) { return NumberOrNothing(cost(row).peak_device_bytes); });
    }
  }
};
const bool added = AddLayout<Leaderboard>("leaderboard", "rows ranked by one metric, with costs");

}  // namespace
}  // namespace plasticity
