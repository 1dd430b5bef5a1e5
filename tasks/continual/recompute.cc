#include "tasks/continual/recompute.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "suite/base/error.h"
#include "suite/base/kinds.h"
#include "suite/base/store.h"
#include "suite/base/text.h"
#include "tasks/continual/recorded.h"

namespace plasticity {
namespace {

using nlohmann::json;
using std::filesystem::path;

// A metric computed anew, and what the Result says.
struct Recomputed {
  std::string name;
  Metric metric;
  std::optional<Metric> stored;  // none: the Result does not have it

  bool Differs() const {
    constexpr double kRounding = 1e-9;  // sums in another order, of another build
    if (!stored) return false;
    if (stored->value.has_value() != metric.value.has_value()) return true;
    return metric.value && std::abs(*metric.value - *stored->value) > kRounding;
  }
};

struct Stream {
  Result result;
  std::size_t experiences = 0;
  std::string reference;  // the cell's name; empty: none of this stream
  std::vector<Recomputed> metrics;
};

std::vector<Result> Load(const std::vector<path>& paths) {
  std::vector<Result> all;
  for (const path& place : paths) {
    const bool folder = std::filesystem::is_directory(place);
    std::vector<Result> found = LoadResults(place);
    if (folder) {
      found.erase(std::remove_if(found.begin(), found.end(),
                                 [](const Result& result) { return !HasAccuracyMatrix(result); }),
                  found.end());
      if (found.empty()) {
        throw InputError(fmt::format(
            "{} holds no Result with the accuracy matrix of a stream. Run one: plasticity run "
            "--rule softhebb --task continual --data cifar10.",
            place.string()));
      }
    }
    for (const Result& result : found) RecordsOf(result, place.string());  // refuses the others
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

// What a Result and its reference must share: all that was asked but the strategy.
json StreamOf(const Result& result) {
  json asked = AskedFor(result.request);
  asked.erase("strategy");
  asked.erase("device_type");
  return asked;
}

Stream Recompute(const Result& result, const std::optional<Result>& reference) {
  StreamRecords records = RecordsOf(result, result.run_id);
  Stream stream{.result = result, .experiences = records.accuracy.size() - 1};
  const auto add = [&](const ContinualMetric& metric) {
    const auto stored = result.metrics.find(metric.name);
    stream.metrics.push_back(
        {metric.name, Evaluate(metric, records),
         stored == result.metrics.end() ? std::nullopt : std::optional(stored->second)});
  };
  for (const ContinualMetric& metric : ContinualMetrics()) add(metric);
  if (reference) {
    if (StreamOf(*reference) == StreamOf(result)) {
      records.reference = RecordsOf(*reference, reference->run_id).accuracy;
      stream.reference = CellName(*reference);
    }
    add(Intransigence());
  }
  return stream;
}

std::optional<Result> LoadReference(const path& file, const std::vector<Result>& results) {
  if (file.empty()) return std::nullopt;
  std::vector<Result> found = LoadResults(file);
  if (found.size() != 1) {
    throw InputError(fmt::format("{} holds {} Results: --joint takes the file of one.",
                                 file.string(), found.size()));
  }
  RecordsOf(found.front(), file.string());
  const std::string strategy = PartName(found.front().request, "strategy");
  if (strategy != "joint" && strategy != "cumulative") {
    throw InputError(
        fmt::format("{} is of the strategy {}: --joint takes one of joint or cumulative.",
                    file.string(), strategy));
  }
  const json stream = StreamOf(found.front());
  if (std::none_of(results.begin(), results.end(),
                   [&](const Result& result) { return StreamOf(result) == stream; })) {
    throw InputError(fmt::format(
        "{} ({}) is of another stream: all that was asked must be the same, but the strategy.",
        file.string(), CellName(found.front())));
  }
  return std::move(found.front());
}

// " (chance 0.1000)", as far as the Result knows.
std::string InBrackets(const Recomputed& one) {
  return one.stored && one.stored->chance ? fmt::format(" (chance {:.4f})", *one.stored->chance)
                                          : "";
}

void Print(const Stream& stream, std::ostream& out) {
  out << fmt::format("{}: {} experiences{}\n", CellName(stream.result), stream.experiences,
                     stream.reference.empty() ? "" : "; reference: " + stream.reference);
  std::size_t width = 0;
  for (const Recomputed& one : stream.metrics) width = std::max(width, one.name.size());
  for (const Recomputed& one : stream.metrics) {
    out << fmt::format(
        " {:<{}}  {:>8}  {}\n", one.name, width,
        one.metric.value ? fmt::format("{:.4f}", *one.metric.value) : "-",
        one.metric.value ? one.metric.definition + InBrackets(one) : one.metric.reason);
  }
  for (const Recomputed& one : stream.metrics) {
    if (!one.Differs()) continue;
    const auto text = [](const Metric& metric) {
      return metric.value ? fmt::format("{}", *metric.value) : "no value";
    };
    out << fmt::format("differs: {} is stored as {}, and its records give {} ({}.json)\n", one.name,
                       text(*one.stored), text(one.metric), stream.result.run_id);
  }
}

json ToJson(const Stream& stream) {
  const auto value = [](const Metric& metric) {
    return metric.value ? json(*metric.value) : json();
  };
  json metrics = json::object();
  for (const Recomputed& one : stream.metrics) {
    json& entry = metrics[one.name];
    entry = {{"value", value(one.metric)},
             {"unit", one.metric.unit},
             {"higher_is_better", one.metric.higher_is_better},
             {"reason", one.metric.reason},
             {"definition", one.metric.definition},
             {"differs", one.Differs()}};
    if (!one.stored) continue;
    entry["stored"] = value(*one.stored);
    if (one.stored->chance) entry["chance"] = *one.stored->chance;
  }
  return {{"run_id", stream.result.run_id},
          {"request", stream.result.request},
          {"experiences", stream.experiences},
          {"reference", stream.reference.empty() ? json() : json(stream.reference)},
          {"metrics", metrics}};
}

}  // namespace

int ShowMetrics(const MetricsCommand& command, std::ostream& out) {
  const std::vector<std::string> formats = {"terminal", "json"};
  if (std::find(formats.begin(), formats.end(), command.format) == formats.end()) {
    throw InputError("no format named '" + command.format + "'." +
                     NearestHint(command.format, formats) + " There are " + Join(formats, ", ") +
                     ".");
  }
  const std::vector<Result> results = Load(command.results);
  const std::optional<Result> reference = LoadReference(command.reference, results);
  bool differs = false;
  json streams = json::array();
  for (const Result& result : results) {
    const Stream stream = Recompute(result, reference);
    for (const Recomputed& one : stream.metrics) differs = differs || one.Differs();
    if (command.format == "json") {
      streams.push_back(ToJson(stream));
    } else {
      if (&result != &results.front()) out << "\n";
      Print(stream, out);
    }
  }
  if (command.format == "json")
    out << json{{"metrics_version", 1}, {"streams", streams}}.dump(2) << "\n";
  else if (!differs)
    out << "\nwhat is stored is what the records give\n";
  return differs ? 1 : 0;
}

}  // namespace plasticity
