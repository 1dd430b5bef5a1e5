// What makes cells hard to believe beside the others of their board.
#include "reports/suspicions.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "reports/board_text.h"
#include "reports/published.h"
#include "reports/statistics/distributions.h"
#include "reports/statistics/paired.h"
#include "reports/statistics/summary.h"
#include "reports/words.h"
#include "suite/base/parallel.h"

namespace plasticity {
namespace {

using Rows = std::vector<MeasuredRow>;

constexpr double kLevel = 1e-4;  // of tests over images

std::string Points(double share) { return fmt::format("{:.1f} points", 100 * share); }

void AddToRow(Suspicions& found, const Row& row, const std::string& text) {
  for (const Result* cell : row.cells) found[cell->run_id].push_back(text);
}

// Whether the first is better by a test over common seeds or, where these are too few, over the
// images of each of them; both one-sided.
bool IsBetter(const MeasuredRow& row, const MeasuredRow& other, const MetricInfo& metric,
              const std::vector<double>& differences) {
  constexpr std::size_t kSeeds = 5;  // with which the sign-flip test can give 0.03
  if (differences.size() >= kSeeds) return SignFlipTest(differences).greater <= 0.05;
  const bool in_each = std::all_of(differences.begin(), differences.end(),
                                   [](double difference) { return difference > 0; });
  const std::optional<double> p = ImagesP(*row.row, *other.row, metric.name);
  return in_each && p && *p / 2 <= kLevel;
}

// Better than the ceiling under the same strategy. A rule may pass a ceiling that has learned from
// few images, or another task's: by 8.6 points in our reference Results. A floor above it, pixels
// after such a ceiling's transfer, learns nothing: it has nothing that could have leaked.
void AboveCeiling(const Rows& rows, const MetricInfo& metric, Suspicions& found) {
  constexpr double kEffect = 0.1;
  if (metric.unit != "fraction") return;
  for (const MeasuredRow& ceiling : rows) {
    if (TextAt(ceiling.row->facts, {"role"}) != "ceiling") continue;
    for (const MeasuredRow& row : rows) {
      const bool alike = row.row->parts.value("strategy", nlohmann::json()) ==
                         ceiling.row->parts.value("strategy", nlohmann::json());
      const bool learns = TextAt(row.row->facts, {"role"}).empty();
      if (!learns || row.row->imported() || !alike) continue;
      const auto [own, others] = Paired(row.value, ceiling.value);
      if (own.empty()) continue;
      std::vector<double> better =
          metric.higher_is_better ? Differences(own, others) : Differences(others, own);
      if (Mean(better) < kEffect || !IsBetter(row, ceiling, metric, better)) continue;
      AddToRow(found, *row.row,
               fmt::format("{} better in {} than the ceiling {}", Points(Mean(better)), metric.name,
                           ceiling.row->label));
    }
  }
}

// Better than what the rule's own source reports for its own network (one-sided, its images).
void AbovePublished(const Board& board, Suspicions& found) {
  constexpr double kEffect = 0.03;
  constexpr double kSpreads = 3;
  for (const Row& row : board.rows) {
    if (TextAt(row.facts, {"track"}) != "native") continue;
    for (const PublishedNumber& number : NativeNumbers(board, row)) {
      const MetricInfo metric = InfoOf(board, number.metric);
      const Measured measured = Measure(row, number.metric);
      if (!measured.mean || !metric.higher_is_better || metric.unit != "fraction") continue;
      const double over = *measured.mean - number.value;
      if (over < std::max(kEffect, kSpreads * number.spread.value_or(0))) continue;
      AddToRow(found, row,
               fmt::format("{} better in {} than published for it ({})", Points(over),
                           number.metric, number.citation));
    }
  }
}

// Answers that are the same to the last image though the seeds differ. Who learns nothing may well
// answer so.
void SameAnswers(const Board& board, Suspicions& found) {
  constexpr std::size_t kMany = 100;
  for (const Row& row : board.rows) {
    if (TextAt(row.facts, {"locality"}) == "none") continue;
    std::map<std::reference_wrapper<const Predictions>, std::vector<const Result*>,
             std::less<Predictions>>
        alike;
    for (const Result* cell : row.cells) {
      const auto test = cell->predictions.find("test");
      if (test != cell->predictions.end() && test->second.size() >= kMany)
        alike[test->second].push_back(cell);
    }
    for (const auto& [answers, cells] : alike) {
      if (cells.size() < 2) continue;
      std::vector<std::int64_t> seeds;
      for (const Result* cell : cells)
        seeds.push_back(cell->request.value("seed", std::int64_t{0}));
      for (const Result* cell : cells)
        found[cell->run_id].push_back("the answer to every test image is the same with seeds " +
                                      SeedsText(seeds));
    }
  }
}

// Arithmetic by the second, of the row's mean; nothing where it was not counted.
std::optional<double> OperationsPerSecond(const Row& row) {
  return MeanCost(row, [](const Cost& cost) -> std::optional<double> {
    if (!cost.images_per_s || !cost.flops_learn_per_image) return std::nullopt;
    return *cost.images_per_s * *cost.flops_learn_per_image;
  });
}

// Far more arithmetic by the second than the fastest of several others on the same machine does.
void FasterThanOthers(const Board& board, Suspicions& found) {
  constexpr std::size_t kOthers = 3;
  constexpr double kTimes = 10;
  std::map<std::string, std::vector<std::pair<double, const Row*>>> by_machine;
  for (const Row& row : board.rows) {
    Board alone;
    alone.rows = {row};
    const std::vector<std::string> machines = MachinesOf(alone);
    const std::optional<double> speed = OperationsPerSecond(row);
    if (machines.size() == 1 && speed) by_machine[machines.front()].emplace_back(*speed, &row);
  }
  for (auto& [machine, speeds] : by_machine) {
    if (speeds.size() <= kOthers) continue;
    std::sort(speeds.begin(), speeds.end(),
              [](const auto& a, const auto& b) { return a.first > b.first; });
    const double times = speeds[0].first / speeds[1].first;
    if (times < kTimes) continue;
    AddToRow(found, *speeds[0].second,
             fmt::format("{:.0f} times the arithmetic by the second of the next fastest row on the "
                         "same machine",
                         times));
  }
}

}  // namespace

Suspicions SuspicionsOn(const Board& board) {
  std::vector<const Result*> cells;
  for (const Row& row : board.rows) cells.insert(cells.end(), row.cells.begin(), row.cells.end());
  constexpr std::size_t kWorthAThread = 100;
  std::vector<std::vector<std::string>> own(cells.size());
  ForEachIndex(cells.size(), kWorthAThread,
               [&](std::size_t i) { own[i] = SuspicionsOf(*cells[i]); });
  Suspicions found;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!own[i].empty()) found[cells[i]->run_id] = std::move(own[i]);
  }
  const MetricInfo metric = InfoOf(board);
  AboveCeiling(MeasureRows(board, metric.name, 0.95), metric, found);
  AbovePublished(board, found);
  SameAnswers(board, found);
  FasterThanOthers(board, found);
  return found;
}

std::vector<std::string> SuspicionNotes(const Board& board) {
  std::vector<std::string> notes;
  const Suspicions found = SuspicionsOn(board);
  for (const Row& row : board.rows) {
    std::map<std::string, std::vector<std::int64_t>> seeds;  // by sentence
    for (const Result* cell : row.cells) {
      const auto own = found.find(cell->run_id);
      if (own == found.end()) continue;
      for (const std::string& text : own->second)
        seeds[text].push_back(cell->request.value("seed", std::int64_t{0}));
    }
    for (const auto& [text, some] : seeds) {
      notes.push_back(fmt::format("Suspicious: {}, {} {}: {}.", row.label,
                                  some.size() == 1 ? "seed" : "seeds", SeedsText(some), text));
    }
  }
  return notes;
}

}  // namespace plasticity
