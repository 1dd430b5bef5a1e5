#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "suite/base/nested_numbers.h"
#include "suite/base/notes.h"
#include "suite/base/predictions.h"

namespace plasticity {

class JsonText;

/// The Result format's version; readers take this and older ones. See
/// suite/base/schema/result.v2.json.
inline constexpr int kResultSchemaVersion = 2;

/// One number with its meaning. No value means it could not be had; `reason` then says why.
struct Metric {
  std::optional<double> value;   ///< none where there is no finite one
  bool higher_is_better = true;  ///< which way is better
  std::string unit;              ///< "fraction", "nats", ...
  std::string reason;            ///< why there is no value; empty otherwise
  std::string definition;        ///< what the number is, in one sentence; empty in older Results
  std::optional<double> chance;  ///< the value of guessing, where that means something
};

/// Raw data with named axes: a curve over epochs, a confusion matrix, an accuracy matrix.
struct Record {
  std::vector<std::string> axes;  ///< outermost first: {"epoch"}, {"label", "predicted"}
  std::string unit;               ///< of the values
  NestedNumbers values;           ///< in lists as deep as `axes`

  /// Same axes, unit, numbers and nesting.
  bool operator==(const Record&) const = default;
};

/// A file that belongs to a Result.
struct Artifact {
  std::string file;        ///< relative to the Result's folder: "artifacts/0123456789abcdef.png"
  std::string sha256;      ///< of the file's bytes
  std::int64_t bytes = 0;  ///< the file's size
  std::string media_type;  ///< "image/png"
};

/// What a cell cost. Seconds are wall time; nothing here takes part in a Result's identity.
struct Cost {
  /// Seconds by phase: data, learn, readout, evaluate, checkpoint, total. A phase not timed is
  /// absent.
  std::map<std::string, double> wall_s;
  std::int64_t samples_seen = 0;       ///< images learned from, repeats and controls' counted
  std::optional<double> images_per_s;  ///< samples_seen over wall_s["learn"]
  /// Counted multiply-adds x 2 of the network's forward pass, per image.
  std::optional<double> flops_forward_per_image;
  std::optional<double> flops_learn_per_image;  ///< likewise, of one learning step
  std::optional<std::int64_t> peak_host_bytes;  ///< the cell's own; none: not measured
  std::optional<std::int64_t>
      peak_device_bytes;  ///< most device memory that the cell held; none without a device
  std::map<std::string, std::int64_t> state_bytes;  ///< by part: network, rule, strategy, readout
  std::optional<double> energy_j;  ///< energy of the cell, where the machine reports it
  int resumed = 0;                 ///< how often the cell went on from a checkpoint
};

/// One cell's outcome. `request` is what was asked and what run_id is the hash of; the rest came
/// out.
struct Result {
  int schema_version = kResultSchemaVersion;  ///< of the format
  std::string run_id;                         ///< RunId(request)
  std::string state;                          ///< "ok", "diverged", "failed", "skipped"
  std::string reason;                         ///< one line; empty when ok, never otherwise
  std::string date;  ///< end of the run, ISO 8601 UTC: "2026-01-31T23:59:59Z"
  /// {rule{name,params}, strategy{name,params} (absent: finetune), network{..},
  /// task{name,version,params}, readout{name,params}, data{name,version,fingerprint}, seed,
  /// protocol_version, precision, device_type}
  nlohmann::json request = nlohmann::json::object();
  /// Facts: {summary, citation, origin, baseline, needs_labels, locality ("none", "layer", "local",
  /// "global"), backward, role ("ceiling", "floor", ""), ...}; of a run that was imported from
  /// another tool no more than is known, and imported{tool, file, sha256}
  nlohmann::json rule = nlohmann::json::object();
  /// Facts of the strategy, where one was asked for: {summary, source, citation, role}; empty in
  /// older Results.
  nlohmann::json strategy = nlohmann::json::object();
  /// {name, origin, fingerprint, split_sizes{train,validation,test,unlabelled}, classes, chance}
  nlohmann::json dataset = nlohmann::json::object();
  /// {split, metric, ...}: what was chosen and on what
  nlohmann::json selection = nlohmann::json::object();
  /// {version, git{commit, dirty}, build_type, compiler}
  nlohmann::json suite = nlohmann::json::object();
  /// {libtorch, device, device_name, threads, cpu_model, cpu_count, os, ...}
  nlohmann::json env = nlohmann::json::object();
  /// The key in `metrics` that leaderboards rank this task by unless told otherwise.
  std::string headline = "accuracy.test";
  std::map<std::string, Metric> metrics;           ///< "accuracy.test", "accuracy.validation", ...
  std::map<std::string, Record> records;           ///< raw data behind the metrics
  std::map<std::string, Predictions> predictions;  ///< by split, such as "test"
  std::map<std::string, Artifact> artifacts;       ///< files beside the Result, by name
  Cost cost;                                       ///< what the cell took
  /// What was said of it since, oldest first: read from beside its file, and no part of its JSON.
  std::vector<Note> notes;
};

/// The note by which the Result is withdrawn, or null.
inline const Note* Withdrawal(const Result& result) { return WithdrawalAmong(result.notes); }

/// The result as JSON. Doubles that are not finite never appear: they become null, with a reason
/// where one is kept.
nlohmann::json ToJson(const Result& result);

/// Reads version 2 and, made into it, version 1. Throws InputError naming where the text comes from
/// and the bad field.
Result ResultFromJson(const JsonText& content);

/// The first 16 hexadecimal digits of SHA-256 over the canonical JSON of what was asked: key order
/// does not matter, every value does. Throws InputError where a number is not finite.
std::string RunId(const nlohmann::json& request);

/// What a cell is called in a line: "oja", "backprop + er", "oja (tuned)".
std::string TitleOf(const nlohmann::json& request);

/// The name of the request's part of that kind (suite/base/kinds.h): what absence means where the
/// request has none, "" where absence means nothing.
std::string PartName(const nlohmann::json& request, std::string_view kind);

/// The request without what belongs to a build: the digests of the plugins that its parts came
/// from. Cells of two nights are pairs where these are equal.
nlohmann::json AskedFor(const nlohmann::json& request);

}  // namespace plasticity
