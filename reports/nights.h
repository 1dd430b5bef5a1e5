#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "suite/base/result.h"

namespace plasticity {

/// One row's cells of a night by seed.
using NightCells = std::map<std::int64_t, const Result*>;
/// A night by what was asked for, seeds and builds of plugins aside: rows of two nights are pairs
/// where that is equal.
using Night = std::map<std::string, NightCells>;

/// The Results that count, or those that are withdrawn; they must outlive it. Where several builds
/// of a plugin did what was asked for, those of the newest.
Night NightOf(const std::vector<Result>& results, bool withdrawn = false);

/// Labels of all rows that any night has, by key: told apart by the parameters in which they
/// differ.
std::map<std::string, std::string> LabelsIn(const std::vector<Night>& nights);

/// The headline metric of each cell by seed; cells without are left out.
std::map<std::int64_t, double> HeadlinesIn(const NightCells& cells);

/// A row over the nights.
struct RowHistory {
  std::string row;                           ///< its label
  std::string board;                         ///< "classification on cifar10"
  std::string metric;                        ///< its headline
  std::string unit;                          ///< of the metric
  std::vector<std::int64_t> seeds;           ///< that all nights with the row have
  std::vector<std::optional<double>> means;  ///< over these seeds, by night; none where it is not
};

/// Every row that shares a seed over all of its nights, by board and label. The night of each is a
/// folder's Results, oldest first.
std::vector<RowHistory> HistoryOf(const std::vector<std::vector<Result>>& nights);

/// What to call each night: the day of its latest Result, "2026-11-28"; with the time of day,
/// "2026-11-28 02:15", where another night has the same.
std::vector<std::string> NightNames(const std::vector<std::vector<Result>>& nights);

}  // namespace plasticity
