#include "suite/engine/tuner.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "suite/base/error.h"
#include "suite/base/text.h"
#include "suite/engine/device.h"
#include "suite/engine/executors/executor.h"
#include "suite/engine/runner.h"
#include "suite/engine/tuned.h"
#include "suite/engine/version.h"

namespace plasticity {
namespace {

constexpr std::size_t kKeep = 4;  // one of so many goes on
const std::vector<std::uint64_t> kSamples = {4000, 20000};
const std::string kSamplesKey = "task.samples";

// The images of each rung: those that were asked for, or a fifth of the cells' own and then all.
std::vector<std::uint64_t> SamplesOf(const TunerOptions& options, const nlohmann::json& request) {
  if (!options.samples.empty()) return options.samples;
  const std::uint64_t all = request.at("task").at("params").value("samples", std::uint64_t{0});
  return all == 0 ? kSamples : std::vector{std::max<std::uint64_t>(1, all / 5), all};
}

void CheckOptions(const TunerOptions& options) {
  if (options.trials < 1)
    throw InputError(fmt::format("trials = {} is not allowed: 1 and more.", options.trials));
  if (options.settings.contains("tuned"))
    throw InputError("the settings are tuned: tune the rule without \"tuned\".");
  for (std::size_t i = 0; i < options.samples.size(); ++i) {
    if (options.samples[i] == 0 || (i > 0 && options.samples[i] <= options.samples[i - 1]))
      throw InputError("--samples are images above 0, more from rung to rung: 4000,20000.");
  }
  for (const std::uint64_t seed : options.seeds) {
    if (std::count(options.reporting_seeds.begin(), options.reporting_seeds.end(), seed) > 0)
      throw InputError(fmt::format(
          "seed {} is for reporting (--reporting): tune with others, such as --seeds 901-903.",
          seed));
  }
}

// Lays `samples` and a trial's `set` over settings of a cell that never sees test images.
nlohmann::json TrialSettings(const nlohmann::json& settings, std::uint64_t samples,
                             nlohmann::json set) {
  set[kSamplesKey] = samples;
  return MergeSettings(settings, {{"tuning", true}, {"set", set}});
}

std::optional<double> Mean(const std::vector<std::optional<double>>& values) {
  double sum = 0;
  for (const std::optional<double>& value : values) {
    if (!value) return std::nullopt;
    sum += *value;
  }
  return sum / static_cast<double>(values.size());
}

}  // namespace

std::vector<Rung> MakeRungs(int trials, const std::vector<std::uint64_t>& samples,
                            const std::vector<std::uint64_t>& seeds) {
  std::vector<Rung> rungs;
  auto left = static_cast<std::size_t>(trials);
  for (const std::uint64_t images : samples) {
    rungs.push_back({.samples = images, .trials = left, .seeds = {seeds.front()}});
    left = std::max(std::min<std::size_t>(2, left), (left + kKeep - 1) / kKeep);
  }
  rungs.back().seeds = seeds;
  return rungs;
}

std::vector<std::size_t> GoOn(const std::map<std::size_t, std::optional<double>>& scores,
                              std::size_t count) {
  std::vector<std::size_t> others;
  for (const auto& [trial, score] : scores)
    if (trial != 0 && score) others.push_back(trial);
  std::stable_sort(others.begin(), others.end(),
                   [&](std::size_t a, std::size_t b) { return *scores.at(a) > *scores.at(b); });
  others.resize(std::min(others.size(), count - 1));
  others.insert(others.begin(), 0);
  return others;
}

Tuner::Tuner(const TunerOptions& options, at::Device device, const EngineOptions& engine)
    : options_(options), device_(device), engine_(engine) {
  CheckOptions(options);
  const nlohmann::json tuning = MergeSettings(options.settings, {{"tuning", true}});
  defaults_ = MakeCell(tuning, options.seeds.front(), DeviceType(device), engine.data_bytes());
  const nlohmann::json& request = defaults_.request;
  if (!request.at("task").at("params").contains("samples")) {
    throw InputError(fmt::format("the task {} has no budget in images (samples) to tune with.",
                                 defaults_.Name("task")));
  }
  space_ =
      MakeSpace(request, options.settings.value("set", nlohmann::json::object()), options.space);
  if (space_.empty()) {
    throw InputError(fmt::format(
        "{} has nothing to tune: no number above 0 that is its own. --space rule.NAME=1e-3..1 "
        "names one.",
        defaults_.Name("rule")));
  }
  rungs_ = MakeRungs(options.trials, SamplesOf(options, request), options.seeds);
  const Streams streams(options.tuning_seed);
  for (std::size_t trial = 0; trial < rungs_.front().trials; ++trial) {
    trials_.push_back(DrawTrial(space_, streams, trial));
    MakeTrial(rungs_.front(), trial, options.seeds.front());
  }
}

Cell Tuner::MakeTrial(const Rung& rung, std::size_t trial, std::uint64_t seed) const {
  Cell cell = MakeCell(TrialSettings(options_.settings, rung.samples, trials_[trial]), seed,
                       DeviceType(device_), engine_.data_bytes());
  cell.note = trial == 0 ? "defaults" : fmt::format("trial {}", trial);
  return cell;
}

std::optional<double> Tuner::ValueOf(const Result& result) {
  if (result.state != "ok") return std::nullopt;
  if (options_.metric.empty()) options_.metric = JudgedBy(result);
  const auto found = result.metrics.find(options_.metric);
  if (found == result.metrics.end()) {
    std::vector<std::string> names;
    for (const auto& [name, metric] : result.metrics)
      if (metric.value) names.push_back(name);
    throw InputError(fmt::format("the trials have no metric '{}'.{} There are {}.", options_.metric,
                                 NearestHint(options_.metric, names), Join(names, ", ")));
  }
  metric_ = found->second;
  if (!metric_.value) {
    throw InputError(
        fmt::format("a tuning cannot be judged by {}: {}.", options_.metric, metric_.reason));
  }
  return metric_.higher_is_better ? *metric_.value : -*metric_.value;
}

std::optional<std::map<std::size_t, std::optional<double>>> Tuner::Climb(
    const Rung& rung, const std::vector<std::size_t>& trials) {
  std::vector<Cell> cells;
  for (const std::size_t trial : trials)
    for (const std::uint64_t seed : rung.seeds) cells.push_back(MakeTrial(rung, trial, seed));
  std::map<std::string, std::optional<double>> values;
  std::string lost;
  const auto keep = [&](std::size_t, const CellOutcome& outcome) {
    const Result& result = outcome.result;
    values[result.run_id] = ValueOf(result);
    if (lost.empty()) lost = result.reason;
  };
  const Work work = AllOf(cells, device_, engine_, Refusal::kThrow);
  if (MakeHere()->Run(work, keep) != WorkEnd::kAll) return std::nullopt;
  std::map<std::size_t, std::optional<double>> scores;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    std::vector<std::optional<double>> of_seeds;
    for (std::size_t seed = 0; seed < rung.seeds.size(); ++seed)
      of_seeds.push_back(values.at(cells[i * rung.seeds.size() + seed].run_id));
    scores[trials[i]] = Mean(of_seeds);
  }
  const auto has_score = [](const auto& score) { return score.second.has_value(); };
  if (std::none_of(scores.begin(), scores.end(), has_score))
    throw RunError(fmt::format("no trial of {} ended well: {}.", defaults_.Name("rule"), lost));
  return scores;
}

std::optional<Tuned> Tuner::Run() {
  std::vector<std::size_t> trials(trials_.size());
  std::iota(trials.begin(), trials.end(), 0);
  std::map<std::size_t, std::optional<double>> scores;
  for (const Rung& rung : rungs_) {
    if (!scores.empty()) trials = GoOn(scores, rung.trials);
    auto climbed = Climb(rung, trials);
    if (!climbed) return std::nullopt;
    scores = std::move(*climbed);
  }
  Tuned tuned;
  const double sign = metric_.higher_is_better ? 1 : -1;
  std::optional<double> best;
  for (const std::size_t trial : trials) {  // the defaults first: others must be better
    if (!scores[trial] || (best && *scores[trial] <= *best)) continue;
    best = scores[trial];
    tuned.trial = trial;
  }
  tuned.chosen = sign * *best;
  if (scores[0]) tuned.defaults = sign * *scores[0];
  tuned.unit = metric_.unit;
  tuned.settings = {{"rule", defaults_.Name("rule")},
                    {"tuned", Record(trials_[tuned.trial], tuned)}};
  return tuned;
}

nlohmann::json Tuner::Record(const nlohmann::json& set, const Tuned& tuned) const {
  nlohmann::json space = nlohmann::json::object(), rungs = nlohmann::json::array();
  for (const Searched& searched : space_) space[searched.key] = searched.ToJson();
  std::uint64_t images = 0;
  for (const Rung& rung : rungs_) {
    rungs.push_back({{"samples", rung.samples}, {"trials", rung.trials}, {"seeds", rung.seeds}});
    images += rung.samples * rung.trials * rung.seeds.size();
  }
  const nlohmann::json& request = defaults_.request;
  const nlohmann::json& network = request.at("network");
  nlohmann::json on = {{"task", defaults_.Name("task")},
                       {"data", request.at("data")},
                       {"network", network.value("name", nlohmann::json())},
                       {"width", network.at("width")},
                       {"readout", defaults_.Name("readout")}};
  if (request.contains("strategy")) on["strategy"] = request.at("strategy").at("name");
  nlohmann::json record = {
      {"rule", defaults_.Name("rule")},
      {"set", set},
      {"space", space},
      {"trials", options_.trials},
      {"rungs", rungs},
      {"images", images},
      {"seeds", options_.seeds},
      {"metric", options_.metric},
      {"validation",
       {{"defaults", tuned.defaults ? nlohmann::json(*tuned.defaults) : nlohmann::json()},
        {"chosen", tuned.chosen}}},
      {"on", on},
      {"tuning_seed", options_.tuning_seed},
      {"suite", ThisBuild().version}};
  if (request.at("rule").contains("plugin")) record["plugin"] = request.at("rule").at("plugin");
  record["digest"] = TunedDigest(record);
  return record;
}

}  // namespace plasticity
