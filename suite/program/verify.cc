#include "suite/program/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/placed_error.h"
#include "suite/base/store.h"
#include "suite/base/text.h"
#include "suite/engine/executors/executor.h"
#include "suite/program/bundle.h"

namespace plasticity {
namespace {

// What tells two runs apart that then need not be equal bit for bit; "" for nothing.
std::string Elsewhere(const Result& a, const Result& b) {
  const auto differs = [&](const char* key) {
    return a.env.value(key, nlohmann::json()) != b.env.value(key, nlohmann::json());
  };
  if (differs("libtorch") || differs("device_name") || differs("cpu_model") ||
      differs("cpu_capability") || differs("threads"))
    return "on another kind of machine";
  return a.suite == b.suite ? "" : "by another build of the program";
}

// How far apart two values are: the difference itself of what is at most 1, such as a fraction,
// else the relative one.
double Distance(const Metric& a, const Metric& b) {
  if (!a.value || !b.value) return a.value == b.value ? 0 : std::numeric_limits<double>::infinity();
  return std::abs(*a.value - *b.value) / std::max({1.0, std::abs(*a.value), std::abs(*b.value)});
}

std::string ValueText(const Metric& metric) {
  return metric.value ? fmt::format("{}", *metric.value) : "none";
}

// The metrics by how far apart they are, those that are furthest first.
std::vector<std::pair<double, std::string>> Distances(const Result& before, const Result& now) {
  std::vector<std::pair<double, std::string>> distances;
  for (const auto& [name, metric] : before.metrics) {
    const auto found = now.metrics.find(name);
    distances.emplace_back(found == now.metrics.end() ? std::numeric_limits<double>::infinity()
                                                      : Distance(metric, found->second),
                           name);
  }
  std::sort(distances.rbegin(), distances.rend());
  return distances;
}

void PrintDifferences(const Result& before, const Result& now, double tolerance) {
  constexpr std::size_t kMost = 8;
  if (before.state != now.state) fmt::print("  state  {} -> {}\n", before.state, now.state);
  std::size_t printed = 0;
  for (const auto& [distance, name] : Distances(before, now)) {
    if (distance <= tolerance || ++printed > kMost) break;
    const auto found = now.metrics.find(name);
    fmt::print("  {}  {} -> {}\n", name, ValueText(before.metrics.at(name)),
               found == now.metrics.end() ? "none" : ValueText(found->second));
  }
  if (printed == 0 && before.state == now.state)
    fmt::print("  no metric, but records or predictions\n");
}

// Says how a second run compares with the first; whether it is the same.
bool Compare(const Result& before, const Result& now, double tolerance) {
  const std::string what =
      fmt::format("{}  {}  seed {}", before.run_id, PartName(before.request, "rule"),
                  before.request.at("seed").dump());
  if (SameOutcome(before, now)) {
    std::size_t predictions = 0;
    for (const auto& [split, of_split] : before.predictions) predictions += of_split.size();
    fmt::print("verified  {}  equal bit for bit: {} metrics, {} records, {} predictions\n", what,
               before.metrics.size(), before.records.size(), Grouped(predictions));
    return true;
  }
  const std::string elsewhere = Elsewhere(before, now);
  if (elsewhere.empty()) {
    fmt::print("differs   {}  by the same program, on the same kind of machine\n", what);
    PrintDifferences(before, now, 0);
    return false;
  }
  const auto distances = Distances(before, now);
  const bool close =
      before.state == now.state && (distances.empty() || distances.front().first <= tolerance);
  if (close) {
    fmt::print("verified  {}  {}, each of {} metrics within {:g}{}\n", what, elsewhere,
               distances.size(), tolerance,
               distances.empty() ? ""
                                 : fmt::format(" (furthest: {}, {:.2g})", distances.front().second,
                                               distances.front().first));
  } else {
    fmt::print("differs   {}  {}, by more than {:g}\n", what, elsewhere, tolerance);
    PrintDifferences(before, now, tolerance);
  }
  return close;
}

// Runs the Result's cell as it was run; none where the user stopped it.
std::optional<Result> Replay(const Result& result, EngineOptions options, const std::string& init,
                             const EngineStart& start) {
  if (result.state != "ok" && result.state != "diverged")
    throw InputError("it is " + result.state + ", and there is nothing to run again.");
  const std::optional<Result> known = FindResult(options.results, result.run_id);
  if (known && known->date == result.date) {
    throw InputError("it lies in " + options.results.string() +
                     ", where its cell counts as finished. Name another folder: --results FOLDER.");
  }
  if (options.device == "auto") options.device = result.request.at("device_type");
  if (options.threads == 0) options.threads = result.env.value("threads", 0);
  const at::Device device = start(options);
  std::optional<Result> again;
  const std::vector<Cell> cells = {CellOf(result, init, options.data_bytes())};
  MakeHere()->Run(AllOf(cells, device, options, Refusal::kThrow),
                  [&](std::size_t, const CellOutcome& outcome) { again = outcome.result; });
  return again;
}

// The one that took least, of rules that are no baseline where there are such.
const Result& Cheapest(const std::vector<Result>& results) {
  const auto order = [](const Result& result) {
    const bool finished = result.state == "ok" && !result.rule.contains("imported");
    const auto total = result.cost.wall_s.find("total");
    return std::tuple(!finished, result.rule.value("baseline", false),
                      total == result.cost.wall_s.end() ? 0 : total->second);
  };
  return *std::min_element(results.begin(), results.end(),
                           [&](const Result& a, const Result& b) { return order(a) < order(b); });
}

const Result& Chosen(const std::vector<Result>& results, const std::string& run_id) {
  if (run_id.empty()) return Cheapest(results);
  const auto found = std::find_if(results.begin(), results.end(),
                                  [&](const Result& result) { return result.run_id == run_id; });
  if (found == results.end()) throw InputError("no Result has the run id " + run_id + ".");
  return *found;
}

int Repeat(const Result& result, const std::string& place, const VerifyCommand& command,
           const EngineStart& start) {
  const std::optional<Result> again =
      WithPlace(place, [&] { return Replay(result, command.engine, command.init, start); });
  if (!again) return kStopped;
  return Compare(result, *again, command.tolerance) ? 0 : 1;
}

}  // namespace

int Verify(const VerifyCommand& command, const EngineStart& start) {
  const std::string place = command.result.string();
  if (!IsBundle(command.result)) {
    if (std::filesystem::is_directory(command.result)) {
      throw InputError(place +
                       " is a folder and no bundle: name the file of one Result, or what "
                       "`plasticity submit` wrote.");
    }
    const Result result = LoadResult(command.result);
    return Repeat(result, place, command, start);
  }
  const Bundle bundle = ReadBundle(command.result);
  fmt::print("bundle    {}  {} results, each file as its digest says\n", place,
             Grouped(bundle.results.size()));
  if (!Compare(Chosen(bundle.results, bundle.replay.run_id), bundle.replay, command.tolerance))
    return 1;
  if (command.no_run) return 0;
  return Repeat(Chosen(bundle.results, command.replay), place, command, start);
}

int Submit(const SubmitCommand& command, const EngineStart& start) {
  const std::vector<Result> results = LoadResults(command.folder);
  const Result& chosen = Chosen(results, command.replay);
  CheckWritable(command.output / "MANIFEST.json");
  CheckOutputFolder(command.output, "submit");
  const std::optional<Result> again =
      WithPlace(chosen.run_id, [&] { return Replay(chosen, command.engine, command.init, start); });
  if (!again) return kStopped;
  if (!Compare(chosen, *again, command.tolerance)) return 1;
  WriteOutputFolder(MakeBundle(command.folder, *again), command.output, "submit");
  fmt::print("bundle    {}  {} results; check it: plasticity verify {}\n", command.output.string(),
             Grouped(results.size()), command.output.string());
  return 0;
}

}  // namespace plasticity
