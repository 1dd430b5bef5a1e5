#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace plasticity {

/// The Result format's version; readers take this and older ones. See reports/schema/result.v1.json.
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
  std::map<std::string, double> wall_s;  ///< by phase: data, learn, readout, evaluate, checkpoint, total
  std::int64_t samples_seen = 0;         ///< images the rule learned from, repeats counted
  std::optional<double> images_per_s;    ///< samples_seen over wall_s["learn"]
  std::optional<double> flops_forward_per_image;  ///< counted multiply-adds x 2 of the network's forward pass
  std::optional<double> flops_learn_per_image;    ///< likewise, of one learning step, per image
  std::int64_t peak_host_bytes = 0;      ///< peak resident set of the process
  std::optional<std::int64_t> peak_device_bytes;
  std::optional<double> energy_j;
  int resumed = 0;                       ///< how often the cell went on from a checkpoint
};

/// One cell's outcome. `request` is what was asked and what run_id is the hash of; everything else came out.
struct Result {
  int schema_version = kResultSchemaVersion;
  std::string run_id;    ///< first 16 hexadecimal digits of SHA-256 over request's canonical JSON
  std::string state;     ///< "ok", "diverged", "failed"
  std::string reason;    ///< empty when ok
  std::string date;      ///< end of the run, ISO 8601 UTC
  nlohmann::json request = nlohmann::json::object();  ///< {rule{name,params}, network{..}, task{name,version,params}, readout{name,params}, data{name,version,fingerprint}, seed, protocol_version, precision, device_type}
  nlohmann::json rule = nlohmann::json::object();     ///< facts: {summary, citation, origin, baseline, needs_labels, locality, backward}
  nlohmann::json dataset = nlohmann::json::object();  ///< {name, origin, fingerprint, split_sizes{train,validation,test}, classes, chance}
  nlohmann::json selection = nlohmann::json::object();///< {split, metric, ...}: what was chosen and on what
  nlohmann::json suite = nlohmann::json::object();    ///< {version, git{commit, dirty}, build_type, compiler}
  nlohmann::json env = nlohmann::json::object();      ///< {libtorch, device, threads, cpu_model, cpu_count, os}
  std::map<std::string, Metric> metrics;              ///< "accuracy.test", "accuracy.validation", "loss.readout", ...
  nlohmann::json curves = nlohmann::json::object();   ///< per-epoch raw data, arrays by name; null where not finite
  Cost cost;
};

/// The result as JSON. Doubles that are not finite never appear: they become null, with a reason where one is kept.
nlohmann::json ToJson(const Result& result);

/// Reads version 1 (and, later, older ones). Throws InputError naming `where` and the bad field.
Result ResultFromJson(const nlohmann::json& json, const std::string& where);

/// run_id for what was asked: key order does not matter, every value does.
std::string RunId(const nlohmann::json& request);

}  // namespace plasticity
