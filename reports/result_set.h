#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "suite/base/result.h"

namespace plasticity {

/// Which Results are looked at.
struct Selection {
  std::string task;  ///< only this task; empty: all
  std::string data;  ///< only this data set; empty: all
  /// Only these rules, and the ceiling and floor rows, which always stay; empty: all.
  std::vector<std::string> rules;
  std::vector<std::string> strategies;  ///< only these; empty: all
};

/// One set of parts that tell rows apart (rule and strategy, with their parameters and builds) on
/// one kind of device: its cells differ in their seeds.
struct Row {
  std::string label;  ///< the parts' names, what tells them from the board's other rows, and
                      ///< whether one is a plugin's
  nlohmann::json parts = nlohmann::json::object();  ///< as requested, by kind: {rule{name, params}}
  nlohmann::json facts = nlohmann::json::object();  ///< Result::rule
  nlohmann::json strategy_facts = nlohmann::json::object();  ///< Result::strategy
  std::string device_type;
  /// "ceiling", "floor" or "": the rule's; where strategies are compared, the ceiling is who has
  /// all data at once, and the floor who does nothing against forgetting.
  std::string role;
  std::string
      tuning;  ///< what a tuning of the rule was given: "20 trials, 380,000 images"; "": none did
  bool baseline = false;                 ///< something that rules are judged against: never ranked
  std::vector<const Result*> cells;      ///< that count, by seed
  std::vector<const Result*> withdrawn;  ///< that are shown and count nowhere, by seed

  std::vector<std::int64_t> seeds() const;            ///< of its cells, sorted
  std::vector<std::int64_t> withdrawn_seeds() const;  ///< of those withdrawn, sorted
  std::vector<const Result*> all() const;             ///< cells and withdrawn ones, by seed
  bool imported() const;                              ///< whether another tool measured it
  std::string rule() const;                           ///< the rule's name
  std::vector<std::string> citations() const;         ///< BibTeX keys of rule and strategy
  std::string key() const;  ///< equal where parts and device are: on other boards
};

/// Cells that may be compared: everything asked for is equal but what tells rows apart, seed and
/// device.
struct Board {
  std::string task;
  std::string data;
  nlohmann::json conditions;  ///< the request without what tells rows apart
  std::vector<Row> rows;      ///< by parts
  /// In what it differs from others of the same task and data, "path=value path=value"; "" where it
  /// is the only one.
  std::string only_here;

  bool of_strategies() const;               ///< whether a row names a strategy
  int results() const;                      ///< cells that count, in all
  std::vector<std::int64_t> seeds() const;  ///< of all cells, sorted
  const Result& sample() const;             ///< one that counts and is ok, if there is any
};

/// Results, sorted into boards. Views are made from it and from nothing else.
class ResultSet {
 public:
  /// Groups. Throws InputError for no results, a filter that nothing passes, or one cell given
  /// twice. `disputed` are run ids of which another copy measured something else.
  explicit ResultSet(std::vector<Result> results, const Selection& selection = {},
                     std::set<std::string> disputed = {});
  ResultSet(ResultSet&&) = default;
  ResultSet& operator=(ResultSet&&) = default;

  /// By task, data and conditions; never empty.
  const std::vector<Board>& boards() const { return boards_; }
  /// All Results that were loaded, whatever the selection.
  const std::vector<Result>& all() const { return results_; }
  /// All metrics that any cell has.
  const std::set<std::string>& metrics() const { return metrics_; }
  /// How many cells of the board had another outcome in another folder.
  int Disputed(const Board& board) const;

 private:
  std::vector<Result> results_;  // boards point into it
  std::set<std::string> disputed_;
  std::vector<Board> boards_;
  std::set<std::string> metrics_;
};

/// The Results of all folders, as LoadResults finds them, in boards.
ResultSet LoadResultSet(const std::vector<std::filesystem::path>& folders,
                        const Selection& selection = {});

/// Throws InputError with the nearest and all known names where `name` is not among them; "" is.
void RequireKnown(const std::string& what, const std::string& name,
                  const std::set<std::string>& known);

/// "softhebb", "softhebb + er": the names of parts by kind, without what goes without saying.
std::string NamesOf(const nlohmann::json& parts);

/// Labels of parts by kind, {rule{name, params}, strategy{...}}: their names ("softhebb + er"), the
/// parameters in which those of one name differ, the builds of plugins where there are several, and
/// whether one is a plugin's.
std::vector<std::string> LabelsOf(const std::vector<nlohmann::json>& parts);

/// "cpu model, threads, device" of each machine that cells of the board ran on, sorted.
std::vector<std::string> MachinesOf(const Board& board);
/// "plasticity 0.1.0, commit 1f2e3d4" of each build, sorted.
std::vector<std::string> SuitesOf(const Board& board);
/// "my_rule from libmy_rule.so (SHA-256 1f2e3d4c)" of each plugin, sorted.
std::vector<std::string> PluginsOf(const Board& board);

}  // namespace plasticity
