#include "suite/base/result.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <set>

#include "suite/base/date.h"
#include "suite/base/digest.h"
#include "suite/base/error.h"
#include "suite/base/kinds.h"
#include "suite/base/result_fields.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

using nlohmann::json;

constexpr std::string_view kNoReason = "no reason was recorded";

const std::vector<std::string> kStates = {"ok", "diverged", "failed", "skipped"};
const std::vector<std::string> kStatesOfVersion1 = {"ok", "diverged", "failed"};

// Whether all numbers in `value` are finite; the path to the first that is not goes behind `path`.
bool IsFinite(const json& value, std::string& path) {
  if (value.is_number_float()) return std::isfinite(value.get<double>());
  if (!value.is_structured()) return true;
  for (auto item = value.begin(); item != value.end(); ++item) {
    std::string rest;
    if (IsFinite(*item, rest)) continue;
    path += "." + (value.is_object() ? item.key() : std::to_string(item - value.begin())) + rest;
    return false;
  }
  return true;
}

// `value` with every number that is not finite replaced by null.
json Finite(const json& value) {
  if (std::string path; IsFinite(value, path)) return value;
  json copy = value;
  if (copy.is_structured()) {
    for (json& item : copy) item = Finite(item);
    return copy;
  }
  return nullptr;
}

template <typename Number>
json FiniteOrNull(const std::optional<Number>& value) {
  if (!value || !std::isfinite(static_cast<double>(*value))) return nullptr;
  return *value;
}

std::string NameOf(double value) {
  if (std::isnan(value)) return "not a number";
  return value > 0 ? "infinity" : "minus infinity";
}

json MetricToJson(const Metric& metric) {
  const json value = FiniteOrNull(metric.value);
  std::string reason = metric.reason;
  if (value.is_null() && reason.empty()) {
    reason = metric.value ? "the value was " + NameOf(*metric.value) : std::string(kNoReason);
  }
  return {{"value", value},
          {"higher_is_better", metric.higher_is_better},
          {"unit", metric.unit},
          {"reason", reason},
          {"definition", metric.definition},
          {"chance", FiniteOrNull(metric.chance)}};
}

json RecordToJson(const Record& record) {
  return {{"axes", record.axes}, {"unit", record.unit}, {"values", record.values.ToJson()}};
}

json ArtifactToJson(const Artifact& artifact) {
  return {{"file", artifact.file},
          {"sha256", artifact.sha256},
          {"bytes", artifact.bytes},
          {"media_type", artifact.media_type}};
}

json CostToJson(const Cost& cost) {
  json wall = json::object();
  for (const auto& [phase, seconds] : cost.wall_s) {
    if (std::isfinite(seconds)) wall[phase] = seconds;
  }
  return {{"wall_s", wall},
          {"samples_seen", cost.samples_seen},
          {"images_per_s", FiniteOrNull(cost.images_per_s)},
          {"flops_forward_per_image", FiniteOrNull(cost.flops_forward_per_image)},
          {"flops_learn_per_image", FiniteOrNull(cost.flops_learn_per_image)},
          {"peak_host_bytes", FiniteOrNull(cost.peak_host_bytes)},
          {"peak_device_bytes", FiniteOrNull(cost.peak_device_bytes)},
          {"state_bytes", cost.state_bytes},
          {"energy_j", FiniteOrNull(cost.energy_j)},
          {"resumed", cost.resumed}};
}

// What names a cell: the views group and label by these.
void CheckRequest(Fields request) {
  for (const Kind& kind : kKinds) {
    if (!request.Has(kind.name) && !kind.absent.empty()) continue;
    Fields part = request.Child(kind.name);
    if (kind.name == "network") continue;  // whatever fixes its shapes
    part.Name("name");
    part.Child("params");
    for (const char* mark : {"plugin", "imported"}) {
      if (part.Has(mark)) part.Name(mark);
    }
    if (!part.Has("tuned")) continue;
    Fields tuned = part.Child("tuned");
    tuned.Name("digest");
    tuned.Count("trials");
    tuned.Count("images");
  }
  request.Child("task").Integer("version");
  Fields data = request.Child("data");
  data.Name("name");
  data.Integer("version");
  data.Text("fingerprint");
  request.Integer("seed");
  request.Integer("protocol_version");
  request.Name("precision");
  request.Name("device_type");
}

// Texts that may be absent.
void CheckTexts(Fields& fields, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (fields.Has(key)) fields.Text(key);
  }
}

void CheckRule(Fields rule) {
  rule.Text("summary");
  rule.Text("citation");
  rule.Flag("baseline");
  if (rule.Text("origin") == "imported") {  // only the rule's name is known
    Fields imported = rule.Child("imported");
    for (const char* key : {"tool", "file", "sha256"}) imported.Name(key);
  } else {
    rule.Flag("needs_labels");
    rule.OneOf("locality", {"none", "layer", "local", "global"});
    rule.Flag("backward");
  }
  CheckTexts(rule, {"source", "track"});
  if (rule.Has("role")) rule.OneOf("role", {"ceiling", "floor", ""});
}

void CheckStrategy(Fields strategy) {
  for (const char* key : {"summary", "source", "citation"}) strategy.Text(key);
  strategy.OneOf("role", {"ceiling", "floor", ""});
}

// What a cell that failed early may not know is absent, and of the right kind where it is there.
void CheckDataset(Fields dataset) {
  CheckTexts(dataset, {"name", "origin", "fingerprint"});
  if (dataset.Has("classes")) dataset.Count("classes");
  if (dataset.Has("chance")) dataset.Amount("chance");
  if (!dataset.Has("split_sizes")) return;
  Fields sizes = dataset.Child("split_sizes");
  for (const std::string_view size : sizes.Keys()) sizes.Count(size);
}

void CheckSuite(Fields suite) {
  CheckTexts(suite, {"version", "build_type", "compiler"});
  if (!suite.Has("git")) return;
  Fields git = suite.Child("git");
  CheckTexts(git, {"commit"});
  if (git.Has("dirty")) git.Flag("dirty");
}

void CheckEnv(Fields env) {
  CheckTexts(env, {"libtorch", "device", "device_name", "cpu_capability", "cpu_model", "os"});
  if (env.Has("threads")) env.Count("threads");
  if (env.Has("cpu_count")) env.Count("cpu_count");
  if (!env.Has("speed")) return;
  Fields speed = env.Child("speed");
  for (const std::string_view one : speed.Keys()) speed.Amount(one);
}

// An object of any fields, once `check` has seen those that readers rely on.
json Checked(Fields& fields, const char* key, void (*check)(Fields)) {
  check(fields.Child(key));
  return fields.Object(key);
}

Metric ReadMetric(Fields fields, std::int64_t version) {
  Metric metric;
  metric.value = fields.NumberOrNull("value");
  metric.higher_is_better = fields.Flag("higher_is_better");
  metric.unit = fields.Text("unit");
  metric.reason = fields.Text("reason");
  if (!metric.value && metric.reason.empty()) {
    fields.Fail("reason", "is empty though there is no value.");
  }
  if (version > 1) {
    metric.definition = fields.Text("definition");
    metric.chance = fields.NumberOrNull("chance");
  }
  fields.NothingElse();
  return metric;
}

Record ReadRecord(Fields fields) {
  Record record;
  record.axes = fields.Names("axes");
  record.unit = fields.Text("unit");
  record.values = fields.Numbers("values", record.axes.size());
  fields.NothingElse();
  return record;
}

// Whether a path leads from a folder to a place in it.
bool IsBelow(const std::filesystem::path& path) {
  return path.is_relative() && std::find(path.begin(), path.end(), "..") == path.end();
}

Artifact ReadArtifact(Fields fields) {
  Artifact artifact;
  artifact.file = fields.Name("file");
  if (!IsBelow(artifact.file))
    fields.Fail("file", "must lead to a file below the Result's folder.");
  artifact.sha256 = fields.Text("sha256");
  if (artifact.sha256.size() != 64 ||
      artifact.sha256.find_first_not_of("0123456789abcdef") != std::string::npos) {
    fields.Fail("sha256", "must be 64 hexadecimal digits, a to f small.");
  }
  artifact.bytes = fields.Count("bytes");
  artifact.media_type = fields.Name("media_type");
  fields.NothingElse();
  return artifact;
}

// Version 1 had lists of one number an epoch and nothing else.
std::map<std::string, Record> ReadCurves(Fields curves) {
  std::map<std::string, Record> records;
  for (const std::string_view name : curves.Keys()) {
    records[std::string(name)] = {{"epoch"}, "", curves.Numbers(name, 1)};
  }
  return records;
}

// What `read` makes of each field of `fields`, by name.
template <typename Read>
auto ReadEach(Fields fields, Read read) {
  std::map<std::string, decltype(read(fields))> all;
  fields.EachChild([&](std::string_view name, Fields child) {
    all.emplace_hint(all.end(), name, read(std::move(child)));  // most are in order
  });
  return all;
}

Cost ReadCost(Fields fields, std::int64_t version) {
  Cost cost;
  Fields wall = fields.Child("wall_s");
  for (const std::string_view phase : wall.Keys()) {
    cost.wall_s[std::string(phase)] = wall.Amount(phase);
  }
  cost.samples_seen = fields.Count("samples_seen");
  cost.images_per_s = fields.AmountOrNull("images_per_s");
  cost.flops_forward_per_image = fields.AmountOrNull("flops_forward_per_image");
  cost.flops_learn_per_image = fields.AmountOrNull("flops_learn_per_image");
  if (version > 1) {
    cost.peak_host_bytes = fields.CountOrNull("peak_host_bytes");
    Fields state = fields.Child("state_bytes");
    for (const std::string_view part : state.Keys()) {
      cost.state_bytes[std::string(part)] = state.Count(part);
    }
  } else {
    // The running maximum of a process that had run other cells before: it says nothing of this.
    fields.Count("peak_host_bytes");
  }
  cost.peak_device_bytes = fields.CountOrNull("peak_device_bytes");
  cost.energy_j = fields.AmountOrNull("energy_j");
  const std::int64_t resumed = fields.Count("resumed");
  if (resumed > std::numeric_limits<int>::max()) fields.Fail("resumed", "is too large.");
  cost.resumed = static_cast<int>(resumed);
  fields.NothingElse();
  return cost;
}

std::int64_t ReadVersion(Fields& fields) {
  const std::int64_t version = fields.Integer("schema_version");
  if (version >= 1 && version <= kResultSchemaVersion) return version;
  const std::string message = "is " + std::to_string(version) +
                              "; this program reads up to version " +
                              std::to_string(kResultSchemaVersion) + ".";
  fields.Fail("schema_version", version > kResultSchemaVersion
                                    ? message + " A newer plasticity wrote it: update."
                                    : message);
}

}  // namespace

json ToJson(const Result& result) {
  json metrics = json::object();
  for (const auto& [name, metric] : result.metrics) metrics[name] = MetricToJson(metric);
  json records = json::object();
  for (const auto& [name, record] : result.records) records[name] = RecordToJson(record);
  json predictions = json::object();
  for (const auto& [name, answers] : result.predictions) predictions[name] = answers.ToJson();
  json artifacts = json::object();
  for (const auto& [name, artifact] : result.artifacts) artifacts[name] = ArtifactToJson(artifact);
  std::string reason = result.reason;
  if (reason.empty() && result.state != "ok") reason = kNoReason;
  json all = {{"schema_version", result.schema_version},
              {"run_id", result.run_id},
              {"state", result.state},
              {"reason", reason},
              {"date", result.date},
              {"request", Finite(result.request)},
              {"rule", Finite(result.rule)},
              {"dataset", Finite(result.dataset)},
              {"selection", Finite(result.selection)},
              {"suite", Finite(result.suite)},
              {"env", Finite(result.env)},
              {"headline", result.headline},
              {"metrics", metrics},
              {"records", records},
              {"predictions", predictions},
              {"artifacts", artifacts},
              {"cost", CostToJson(result.cost)}};
  if (!result.strategy.empty()) all["strategy"] = Finite(result.strategy);
  return all;
}

Result ResultFromJson(const JsonText& content) {
  Fields fields(content);
  const std::int64_t version = ReadVersion(fields);
  Result result;
  result.run_id = fields.Name("run_id");
  result.state = fields.OneOf("state", version > 1 ? kStates : kStatesOfVersion1);
  result.reason = fields.Text("reason");
  if (result.state == "ok" && !result.reason.empty()) {
    fields.Fail("reason", "must be empty when the state is 'ok'.");
  }
  if (result.state != "ok" && result.reason.empty()) {
    fields.Fail("reason", "must say why the state is '" + result.state + "'.");
  }
  result.date = fields.Text("date");
  if (!IsUtc(result.date)) {
    fields.Fail("date", "is '" + result.date + "', not a UTC time such as 2026-01-31T23:59:59Z.");
  }
  result.request = Checked(fields, "request", CheckRequest);
  result.rule = Checked(fields, "rule", CheckRule);
  if (fields.Has("strategy")) result.strategy = Checked(fields, "strategy", CheckStrategy);
  result.dataset = Checked(fields, "dataset", CheckDataset);
  result.suite = Checked(fields, "suite", CheckSuite);
  result.env = Checked(fields, "env", CheckEnv);
  result.selection = fields.Object("selection");
  result.headline = fields.Name("headline");
  result.metrics = ReadEach(fields.Child("metrics"),
                            [&](const Fields& one) { return ReadMetric(one, version); });
  for (const auto& [name, metric] : result.metrics) {
    const bool accuracy = metric.unit == "fraction" && name.find("acc") != std::string::npos;
    if (accuracy && metric.value && (*metric.value < 0 || *metric.value > 1)) {
      fields.Fail("metrics", "has " + name + " = " + json(*metric.value).dump() +
                                 "; an accuracy is a fraction, 0 to 1.");
    }
  }
  if (version > 1) {
    result.records = ReadEach(fields.Child("records"), ReadRecord);
    result.predictions = ReadEach(fields.Child("predictions"), Predictions::FromJson);
    result.artifacts = ReadEach(fields.Child("artifacts"), ReadArtifact);
  } else {
    result.records = ReadCurves(fields.Child("curves"));
  }
  result.cost = ReadCost(fields.Child("cost"), version);
  fields.NothingElse();
  if (const std::string expected = RunId(result.request); result.run_id != expected) {
    fields.Fail("run_id", "is '" + result.run_id + "', but what 'request' asks for has the id '" +
                              expected + "': the file was edited. Run the cell again.");
  }
  return result;
}

std::string RunId(const json& request) {
  if (std::string path = "request"; !IsFinite(request, path))
    throw InputError(path + " is not a finite number, so the cell has no identity.");
  try {
    return Sha256(request.dump()).substr(0, 16);
  } catch (const json::type_error&) {
    throw InputError("request holds a text that is not UTF-8, so the cell has no identity.");
  }
}

std::string TitleOf(const json& request) {
  std::string title;
  for (const Kind& kind : kKinds) {
    const std::string name = PartName(request, kind.name);
    if (!kind.tells_rows_apart || name == kind.absent) continue;
    title += (title.empty() ? "" : " + ") + name;
  }
  return title + (request.at("rule").contains("tuned") ? " (tuned)" : "");
}

std::string PartName(const json& request, std::string_view kind) {
  if (const auto part = request.find(kind); part != request.end() && part->is_object()) {
    return part->value("name", "");
  }
  for (const Kind& known : kKinds) {
    if (known.name == kind) return std::string(known.absent);
  }
  return "";
}

json AskedFor(const json& request) {
  json asked = request;
  if (asked.is_object()) {
    for (json& part : asked) {
      if (!part.is_structured()) continue;
      part = AskedFor(part);
      if (part.is_object() && part.contains("name")) part.erase("plugin");
    }
  }
  return asked;
}

}  // namespace plasticity
