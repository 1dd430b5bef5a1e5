#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace plasticity {

/// The Result format's version; readers take this and older ones. See
/// suite/base/schema/result.v1.json.
inline constexpr int kResultSchemaVersion = 1;

/// One number with its meaning. No value means it could not be had; `reason` then says why.
struct Metric {
  std::optional<double> value;
  bool higher_is_better = true;
  std::string unit;    ///< "fraction", "nats", ...
  std::string reason;  ///< why there is no value; empty otherwise
};

/// What a cell cost. Seconds are wall time; nothing here takes part in a Result's identity.
struct Cost {
  /// Seconds by phase: data, learn, readout, evaluate, checkpoint, total. A phase not timed is
  /// absent.
  std::map<std::string, double> wall_s;
  std::int64_t samples_seen = 0;       ///< images the rule learned from, repeats counted
  std::optional<double> images_per_s;  ///< samples_seen over wall_s["learn"]
  /// Counted multiply-adds x 2 of the network's forward pass, per image.
  std::optional<double> flops_forward_per_image;
  std::optional<double> flops_learn_per_image;  ///< likewise, of one learning step
  std::int64_t peak_host_bytes = 0;             ///< peak resident set of the process
  std::optional<std::int64_t> peak_device_bytes;
  std::optional<double> energy_j;
  int resumed = 0;  ///< how often the cell went on from a checkpoint
};

/// One cell's outcome. `request` is what was asked and what run_id is the hash of; the rest came
/// out.
struct Result {
  int schema_version = kResultSchemaVersion;
  std::string run_id;  ///< RunId(request)
  std::string state;   ///< "ok", "diverged", "failed"
  std::string reason;  ///< empty when ok
  std::string date;    ///< end of the run, ISO 8601 UTC: "2026-01-31T23:59:59Z"
  /// {rule{name,params}, network{..}, task{name,version,params}, readout{name,params},
  /// data{name,version,fingerprint}, seed, protocol_version, precision, device_type}
  nlohmann::json request = nlohmann::json::object();
  /// Facts: {summary, citation, origin, baseline, needs_labels, locality ("none", "layer", "local",
  /// "global"), backward, role ("ceiling", "floor", ""), ...}
  nlohmann::json rule = nlohmann::json::object();
  /// {name, origin, fingerprint, split_sizes{train,validation,test}, classes, chance}
  nlohmann::json dataset = nlohmann::json::object();
  /// {split, metric, ...}: what was chosen and on what
  nlohmann::json selection = nlohmann::json::object();
  /// {version, git{commit, dirty}, build_type, compiler}
  nlohmann::json suite = nlohmann::json::object();
  /// {libtorch, device, device_name, threads, cpu_model, cpu_count, os, ...}
  nlohmann::json env = nlohmann::json::object();
  /// The key in `metrics` that leaderboards rank this task by unless told otherwise.
  std::string headline = "accuracy.test";
  std::map<std::string, Metric> metrics;  ///< "accuracy.test", "accuracy.validation", ...
  /// Per-epoch raw data, arrays by name; null where not finite.
  nlohmann::json curves = nlohmann::json::object();
  Cost cost;
};

/// The result as JSON. Doubles that are not finite never appear: they become null, with a reason
/// where one is kept.
nlohmann::json ToJson(const Result& result);

/// Reads version 1 (and, later, older ones). Throws InputError naming `where` and the bad field.
Result ResultFromJson(const nlohmann::json& json, const std::string& where);

/// The first 16 hexadecimal digits of SHA-256 over the canonical JSON of what was asked: key order
/// does not matter, every value does. Throws InputError where a number is not finite.
std::string RunId(const nlohmann::json& request);

}  // namespace plasticity
