#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/table.h"
#include "suite/base/result.h"

namespace plasticity {

class ResultSet;

/// What counts as a regression: a change for the worse that is both larger than an effect that
/// matters and too unlikely to be chance.
struct Gate {
  double level = 0.01;    ///< chance of any false alarm in one comparison of unchanged code
  double effect = 0.005;  ///< least change that matters, in the metric's unit
  std::map<std::string, double> effects;  ///< the same for single metrics, by name
  /// Speeds are compared as ratios to this rule's in the same night; empty: not at all.
  std::string speed_reference = "backprop";
  double speed_effect = 0.2;  ///< least share of speed whose loss matters
};

/// Reads a gate: {"level", "effect", "effects", "speed_reference", "speed_effect"}, each optional.
/// Throws InputError for a file that is none, unknown keys and impossible values.
Gate ReadGate(const std::filesystem::path& file);

/// What became of one quantity of one row.
enum class Verdict {
  kSame,
  kBetter,
  kWorse,
  kLost,     ///< it failed or diverged, and did not before
  kNew,      ///< nothing to compare with
  kMissing,  ///< it was not run this time
};

/// One row's headline metric, or its speed, then and now.
struct Change {
  std::string row;       ///< "softhebb + er"
  std::string board;     ///< "classification on cifar10"
  std::string quantity;  ///< the metric's name, or "speed"
  std::string unit;
  bool higher_is_better = true;
  std::optional<double> before;  ///< mean over the nights
  std::optional<double> now;
  std::optional<double> p;     ///< of a change for the worse, by chance, adjusted by Holm
  std::optional<double> band;  ///< half-width of where it was to be expected, from the nights
  int seeds = 0;               ///< that both have
  int nights = 0;              ///< that have all of these seeds
  Verdict verdict = Verdict::kSame;
  std::string reason;  ///< of kLost, and of kMissing where it is known
};

/// All changes, regressions first.
struct Comparison {
  std::vector<Change> changes;
  std::string commit_before;  ///< of the last night
  std::string commit_now;
  std::vector<std::string> withdrawn;   ///< a sentence on each Result that was left out for it
  std::vector<std::string> suspicions;  ///< notes on what is too good to be true now: no regression

  /// Whether nothing is worse or lost.
  bool passed() const;
};

/// Compares one night with earlier ones, oldest first. Rows are pairs where all that was asked for
/// is equal, builds of plugins aside. From three earlier nights on, what was to be expected is
/// Student's prediction band of their means; with fewer, a paired t-test over seeds decides; with
/// fewer than three seeds, too, only changes of ten times the effect count. Withdrawn Results are
/// left out. Throws InputError where
/// the nights have no row in common.
Comparison Compare(const std::vector<std::vector<Result>>& nights, const ResultSet& last_night,
                   const Gate& gate);

/// The comparison as a table: what changed, or every row where `all`.
Table ComparisonTable(const Comparison& comparison, const Gate& gate, bool all);

/// A test case a quantity, a failure where it is worse or lost: what CI servers read.
std::string JUnitXml(const Comparison& comparison);

/// [{name, unit, value, extra}], what continuous-benchmark actions read; larger is better.
std::string BenchmarkJson(const Comparison& comparison);

}  // namespace plasticity
