#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "suite/base/result.h"

namespace plasticity {

/// Which results a leaderboard shows, and how it sums them up.
struct LeaderboardOptions {
  std::string task;  ///< only this task; empty: all
  std::string data;  ///< only this data set; empty: all
  /// Only these rules, and the ceiling and floor rows, which always stay; empty: all.
  std::vector<std::string> rules;
  std::string metric;   ///< rank by this metric; empty: each task's own headline
  double level = 0.95;  ///< of the confidence intervals
  /// Run ids of which another copy measured something else: a note counts them.
  std::set<std::string> disputed;
};

/// One cell of a row.
struct LeaderboardRun {
  std::string run_id;
  std::int64_t seed = 0;
  std::string state;            ///< as in Result; "ok" also where the metric has no value
  std::string reason;           ///< why there is no value
  std::optional<double> value;  ///< of the board's metric
};

/// One set of parts that tell rows apart (rule and strategy, with their parameters and builds) on
/// one kind of device, its seeds summed up.
struct LeaderboardRow {
  std::optional<int> rank;  ///< from 1; none for baselines and rows that lost a seed
  std::string label;        ///< the parts' names, what tells them from the board's other rows, and
                            ///< whether one is a plugin's
  nlohmann::json parts = nlohmann::json::object();  ///< as requested, by kind: {rule{name, params}}
  nlohmann::json facts = nlohmann::json::object();  ///< Result::rule
  std::string device_type;
  std::string role;                  ///< "ceiling", "floor" or ""
  bool baseline = false;             ///< something that rules are judged against: never ranked
  std::vector<LeaderboardRun> runs;  ///< by seed
  int diverged = 0;
  int failed = 0;
  int skipped = 0;                   ///< could not be carried out, and no failure
  int without_value = 0;             ///< cells that are ok but have no value of the board's metric
  std::optional<double> mean;        ///< over the seeds; none where a seed was lost
  std::optional<double> sd;          ///< sample standard deviation; none for one seed
  std::optional<double> halfwidth;   ///< of the confidence interval; none for one seed
  std::optional<double> t;           ///< Student's quantile behind it
  std::optional<double> vs_ceiling;  ///< mean minus the best ceiling row's mean
  std::optional<double> images_per_s;             ///< mean over the seeds
  std::optional<double> wall_total_s;             ///< wall time of a cell, mean over the seeds
  std::int64_t samples_seen = 0;                  ///< most of any seed
  std::optional<std::int64_t> peak_host_bytes;    ///< largest of any seed; none: not measured
  std::optional<std::int64_t> peak_device_bytes;  ///< likewise

  /// How many cells have no value that counts.
  int lost() const { return diverged + failed + skipped + without_value; }
  /// Whether the whole row could not be carried out.
  bool all_skipped() const { return skipped > 0 && skipped == static_cast<int>(runs.size()); }
};

/// Rows that may be compared: everything asked for is equal but rule, strategy, seed and device.
struct LeaderboardBoard {
  std::string title;
  /// What the numbers are, as (heading, full sentence): measured, network, learning, readout, ...
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<std::string> notes;  ///< what a reader must know before drawing conclusions
  std::string task;
  std::string data;
  std::string metric;
  std::string unit;
  bool higher_is_better = true;
  std::string definition;        ///< of the metric, one sentence; empty where no Result has one
  std::optional<double> chance;  ///< the metric's value of guessing
  double level = 0.95;
  std::string ceiling;                ///< names of the row that vs_ceiling refers to, or ""
  nlohmann::json conditions;          ///< the request without what tells rows apart
  std::vector<LeaderboardRow> rows;   ///< best first, rows that lost seeds last
  int results = 0;                    ///< cells in all
  std::vector<std::int64_t> seeds;    ///< sorted
  std::vector<std::string> machines;  ///< "cpu model, threads", each once
  std::vector<std::string> suites;    ///< "plasticity 0.1.0, commit 1f2e3d4", each once
  std::vector<std::string> plugins;  ///< "my_rule from libmy_rule.so (SHA-256 1f2e3d4c)", each once
};

/// All boards of a set of results.
struct Leaderboard {
  std::vector<LeaderboardBoard> boards;  ///< by task, data and conditions
};

/// Groups and sums up. Throws InputError for no results, a filter that nothing passes, or one cell
/// given twice.
Leaderboard BuildLeaderboard(const std::vector<Result>& results,
                             const LeaderboardOptions& options = {});

/// How RenderTerminal draws.
struct TerminalStyle {
  int width = 0;       ///< columns of the terminal; 0: as wide as it needs
  bool color = false;  ///< with ANSI escapes
};

/// The boards as aligned text. Where the width does not suffice, the least important columns are
/// left out, and a line says which.
std::string RenderTerminal(const Leaderboard& leaderboard, const TerminalStyle& style = {});

/// The boards as GitHub Markdown, each with a footer on where its numbers come from. `command` is
/// the command line that renders it, or "".
std::string RenderMarkdown(const Leaderboard& leaderboard, const std::string& command = "");

/// The boards as JSON: {leaderboard_version, boards[]}, numbers unrounded.
std::string RenderJson(const Leaderboard& leaderboard);

}  // namespace plasticity
