#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "suite/engine/cell.h"
#include "suite/engine/options.h"
#include "suite/engine/search_space.h"

namespace plasticity {

/// What a tuning is asked for.
struct TunerOptions {
  nlohmann::json settings;             ///< of every trial, the rule among them
  SpaceEntries space;                  ///< over the rule's own
  int trials = 20;                     ///< settings that are tried, the defaults among them
  std::vector<std::uint64_t> samples;  ///< images that each rung's trials learn from; empty:
                                       ///< a fifth of the settings' task.samples, then all
  std::vector<std::uint64_t> seeds;    ///< of the last rung; those before have the first
  std::vector<std::uint64_t> reporting_seeds;  ///< which none of `seeds` may be
  std::uint64_t tuning_seed = 1;               ///< of the draws
  std::string metric;                          ///< what decides; "": the task's headline
};

/// Trials that learn from equally many images.
struct Rung {
  std::uint64_t samples = 0;
  std::size_t trials = 0;
  std::vector<std::uint64_t> seeds;
};

/// Successive halving: each rung has the best quarter of the one before, two at least while there
/// are two.
std::vector<Rung> MakeRungs(int trials, const std::vector<std::uint64_t>& samples,
                            const std::vector<std::uint64_t>& seeds);

/// Who goes on, of `trials` with these scores, higher being better and none being a trial that was
/// lost: the defaults (trial 0), and the best others up to `count`, of equals the first drawn.
std::vector<std::size_t> GoOn(const std::map<std::size_t, std::optional<double>>& scores,
                              std::size_t count);

/// What a tuning chose.
struct Tuned {
  nlohmann::json settings;         ///< {rule, tuned}: what `--config` and plans take
  std::size_t trial = 0;           ///< 0: the defaults
  std::optional<double> defaults;  ///< their value on the last rung; none: they were lost
  double chosen = 0;               ///< likewise, of what was chosen
  std::string unit;                ///< of both
};

/// Random search over a space, then successive halving, judged by validation images alone: its
/// cells are given no test images. Every cell is an ordinary one, with an ordinary Result, so that
/// a tuning that was killed goes on where it was and ends the same.
class Tuner {
 public:
  /// Resolves what is asked. Throws InputError before any work is done.
  Tuner(const TunerOptions& options, at::Device device, const EngineOptions& engine);

  const SearchSpace& space() const { return space_; }
  const std::vector<Rung>& rungs() const { return rungs_; }

  /// Runs all trials; none when the user stopped it. Throws InputError where the cells cannot be
  /// run or have no such metric, and RunError where every trial was lost.
  std::optional<Tuned> Run();

 private:
  Cell MakeTrial(const Rung& rung, std::size_t trial, std::uint64_t seed) const;
  // The trials' values on a rung by trial; none when the user stopped it.
  std::optional<std::map<std::size_t, std::optional<double>>> Climb(
      const Rung& rung, const std::vector<std::size_t>& trials);
  // The cell's value of what decides; none where it was lost.
  std::optional<double> ValueOf(const Result& result);
  nlohmann::json Record(const nlohmann::json& set, const Tuned& tuned) const;

  TunerOptions options_;
  at::Device device_;
  EngineOptions engine_;
  Cell defaults_;
  SearchSpace space_;
  std::vector<Rung> rungs_;
  std::vector<nlohmann::json> trials_;  // the "set" of each
  Metric metric_;                       // what decides, once a Result has it
};

}  // namespace plasticity
