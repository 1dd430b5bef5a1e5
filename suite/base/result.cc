#include "suite/base/result.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <set>
#include <string_view>

#include "suite/base/digest.h"
#include "suite/base/error.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

using nlohmann::json;

constexpr std::string_view kNoReason = "no reason was recorded";

// Where a number in `value` is not finite, as a path from `path` on; empty when all are.
std::string FindNonFinite(const json& value, const std::string& path) {
  if (value.is_number_float()) return std::isfinite(value.get<double>()) ? "" : path;
  if (!value.is_structured()) return "";
  for (const auto& item : value.items()) {
    std::string found = FindNonFinite(item.value(), path + "." + item.key());
    if (!found.empty()) return found;
  }
  return "";
}

// `value` with every number that is not finite replaced by null.
json Finite(const json& value) {
  if (FindNonFinite(value, "value").empty()) return value;
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
          {"reason", reason}};
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
          {"peak_host_bytes", cost.peak_host_bytes},
          {"peak_device_bytes", FiniteOrNull(cost.peak_device_bytes)},
          {"energy_j", FiniteOrNull(cost.energy_j)},
          {"resumed", cost.resumed}};
}

std::string Kind(const json& value) {
  if (value.is_number_float()) return "a number with a fraction";
  if (value.is_number()) return "an integer";
  if (value.is_string()) return "a text";
  if (value.is_boolean()) return "true or false";
  if (value.is_array()) return "a list";
  return value.is_object() ? "an object" : "null";
}

// One JSON object being read: every accessor throws InputError naming the file and the field.
class Fields {
 public:
  Fields(const json& object, std::string where, std::string path)
      : object_(object), where_(std::move(where)), path_(std::move(path)) {
    if (!object_.is_object()) {
      throw InputError(path_.empty()
                           ? where_ + ": a result is an object, not " + Kind(object_) + "."
                           : Place(path_) + " must be an object, not " + Kind(object_) + ".");
    }
  }

  bool Has(const std::string& key) const { return object_.contains(key); }

  const json& At(const std::string& key) {
    known_.insert(key);
    const auto found = object_.find(key);
    if (found == object_.end()) throw InputError(Place(Path(key)) + " is missing.");
    return *found;
  }

  Fields Child(const std::string& key) { return Fields(At(key), where_, Path(key)); }

  const json& Object(const std::string& key) { return Child(key).object_; }

  std::string Text(const std::string& key) {
    const json& value = At(key);
    if (!value.is_string()) Refuse(key, "a text", value);
    return value.get<std::string>();
  }

  std::string Name(const std::string& key) {
    std::string value = Text(key);
    if (value.empty()) throw InputError(Place(Path(key)) + " must not be empty.");
    return value;
  }

  std::string OneOf(const std::string& key, const std::vector<std::string>& accepted) {
    std::string value = Text(key);
    if (std::find(accepted.begin(), accepted.end(), value) == accepted.end()) {
      throw InputError(Place(Path(key)) + " is '" + value + "'; accepted are '" +
                       Join(accepted, "', '") + "'.");
    }
    return value;
  }

  bool Flag(const std::string& key) {
    const json& value = At(key);
    if (!value.is_boolean()) Refuse(key, "true or false", value);
    return value.get<bool>();
  }

  std::int64_t Integer(const std::string& key) {
    const json& value = At(key);
    if (!value.is_number_integer()) Refuse(key, "an integer", value);
    if (value.is_number_unsigned() &&
        value.get<std::uint64_t>() >
            static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      throw InputError(Place(Path(key)) + " is " + value.dump() + ", which needs over 63 bits.");
    }
    return value.get<std::int64_t>();
  }

  std::int64_t Count(const std::string& key) {
    const std::int64_t value = Integer(key);
    if (value < 0) throw InputError(Place(Path(key)) + " must not be negative.");
    return value;
  }

  double Number(const std::string& key) {
    const json& value = At(key);
    if (!value.is_number()) Refuse(key, "a number", value);
    const double number = value.get<double>();
    if (!std::isfinite(number)) throw InputError(Place(Path(key)) + " is not a finite number.");
    return number;
  }

  double Amount(const std::string& key) {
    const double value = Number(key);
    if (value < 0) throw InputError(Place(Path(key)) + " must not be negative.");
    return value;
  }

  std::optional<double> AmountOrNull(const std::string& key) {
    return At(key).is_null() ? std::nullopt : std::optional<double>(Amount(key));
  }

  [[noreturn]] void Fail(const std::string& key, const std::string& message) const {
    throw InputError(Place(Path(key)) + " " + message);
  }

  // Refuses fields that nobody asked for.
  void NothingElse() const {
    for (const auto& item : object_.items()) {
      if (known_.count(item.key()) > 0) continue;
      throw InputError(Place(Path(item.key())) + " is unknown." +
                       NearestHint(item.key(), {known_.begin(), known_.end()}));
    }
  }

  const json& object() const { return object_; }

 private:
  std::string Path(const std::string& key) const {
    if (key.find('.') != std::string::npos) return path_ + "[\"" + key + "\"]";
    return path_.empty() ? key : path_ + "." + key;
  }
  std::string Place(const std::string& path) const { return where_ + ": field '" + path + "'"; }
  [[noreturn]] void Refuse(const std::string& key, const std::string& wanted,
                           const json& value) const {
    throw InputError(Place(Path(key)) + " must be " + wanted + ", not " + Kind(value) + ".");
  }

  const json& object_;
  std::string where_;
  std::string path_;  // of this object in the file, "" at the top
  std::set<std::string> known_;
};

// What names a cell: the views group and label by these.
void CheckRequest(Fields request) {
  Fields rule = request.Child("rule");
  rule.Name("name");
  rule.Object("params");
  request.Object("network");
  Fields task = request.Child("task");
  task.Name("name");
  task.Integer("version");
  task.Object("params");
  Fields readout = request.Child("readout");
  readout.Name("name");
  readout.Object("params");
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
  rule.Text("origin");
  rule.Flag("baseline");
  rule.Flag("needs_labels");
  rule.OneOf("locality", {"none", "layer", "local", "global"});
  rule.Flag("backward");
  CheckTexts(rule, {"source", "track"});
  if (rule.Has("role")) rule.OneOf("role", {"ceiling", "floor", ""});
}

// What a cell that failed early may not know is absent, and of the right kind where it is there.
void CheckDataset(Fields dataset) {
  CheckTexts(dataset, {"name", "origin", "fingerprint"});
  if (dataset.Has("classes")) dataset.Count("classes");
  if (dataset.Has("chance")) dataset.Amount("chance");
  if (!dataset.Has("split_sizes")) return;
  Fields sizes = dataset.Child("split_sizes");
  for (const auto& size : sizes.object().items()) sizes.Count(size.key());
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
}

Metric ReadMetric(Fields fields) {
  Metric metric;
  if (!fields.At("value").is_null()) metric.value = fields.Number("value");
  metric.higher_is_better = fields.Flag("higher_is_better");
  metric.unit = fields.Text("unit");
  metric.reason = fields.Text("reason");
  if (!metric.value && metric.reason.empty()) {
    fields.Fail("reason", "is empty though there is no value.");
  }
  fields.NothingElse();
  return metric;
}

Cost ReadCost(Fields fields) {
  Cost cost;
  Fields wall = fields.Child("wall_s");
  for (const auto& phase : wall.object().items()) {
    cost.wall_s[phase.key()] = wall.Amount(phase.key());
  }
  cost.samples_seen = fields.Count("samples_seen");
  cost.images_per_s = fields.AmountOrNull("images_per_s");
  cost.flops_forward_per_image = fields.AmountOrNull("flops_forward_per_image");
  cost.flops_learn_per_image = fields.AmountOrNull("flops_learn_per_image");
  cost.peak_host_bytes = fields.Count("peak_host_bytes");
  if (!fields.At("peak_device_bytes").is_null()) {
    cost.peak_device_bytes = fields.Count("peak_device_bytes");
  }
  cost.energy_j = fields.AmountOrNull("energy_j");
  const std::int64_t resumed = fields.Count("resumed");
  if (resumed > std::numeric_limits<int>::max()) fields.Fail("resumed", "is too large.");
  cost.resumed = static_cast<int>(resumed);
  fields.NothingElse();
  return cost;
}

// "2026-01-31T23:59:59Z", with or without a fraction of a second.
bool IsDate(const std::string& text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  if (text.size() < kForm.size() + 1 || text.back() != 'Z') return false;
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] == '0' ? !digit(i) : text[i] != kForm[i]) return false;
  }
  if (text.size() == kForm.size() + 1) return true;
  if (text[kForm.size()] != '.' || text.size() == kForm.size() + 2) return false;
  for (std::size_t i = kForm.size() + 1; i + 1 < text.size(); ++i) {
    if (!digit(i)) return false;
  }
  return true;
}

void CheckVersion(Fields& fields) {
  const std::int64_t version = fields.Integer("schema_version");
  if (version == kResultSchemaVersion) return;
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
  std::string reason = result.reason;
  if (reason.empty() && result.state != "ok") reason = kNoReason;
  return {{"schema_version", result.schema_version},
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
          {"curves", Finite(result.curves)},
          {"cost", CostToJson(result.cost)}};
}

Result ResultFromJson(const json& json, const std::string& where) {
  Fields fields(json, where, "");
  CheckVersion(fields);
  Result result;
  result.run_id = fields.Name("run_id");
  result.state = fields.OneOf("state", {"ok", "diverged", "failed"});
  result.reason = fields.Text("reason");
  if (result.state == "ok" && !result.reason.empty()) {
    fields.Fail("reason", "must be empty when the state is 'ok'.");
  }
  if (result.state != "ok" && result.reason.empty()) {
    fields.Fail("reason", "must say why the state is '" + result.state + "'.");
  }
  result.date = fields.Text("date");
  if (!IsDate(result.date)) {
    fields.Fail("date", "is '" + result.date + "', not a UTC time such as 2026-01-31T23:59:59Z.");
  }
  CheckRequest(fields.Child("request"));
  CheckRule(fields.Child("rule"));
  CheckDataset(fields.Child("dataset"));
  CheckSuite(fields.Child("suite"));
  CheckEnv(fields.Child("env"));
  result.request = fields.Object("request");
  result.rule = fields.Object("rule");
  result.dataset = fields.Object("dataset");
  result.selection = fields.Object("selection");
  result.suite = fields.Object("suite");
  result.env = fields.Object("env");
  result.headline = fields.Name("headline");
  Fields metrics = fields.Child("metrics");
  for (const auto& metric : metrics.object().items()) {
    result.metrics[metric.key()] = ReadMetric(metrics.Child(metric.key()));
  }
  result.curves = fields.Object("curves");
  result.cost = ReadCost(fields.Child("cost"));
  fields.NothingElse();
  if (const std::string expected = RunId(result.request); result.run_id != expected) {
    fields.Fail("run_id", "is '" + result.run_id + "', but what 'request' asks for has the id '" +
                              expected + "': the file was edited. Run the cell again.");
  }
  return result;
}

std::string RunId(const json& request) {
  const std::string bad = FindNonFinite(request, "request");
  if (!bad.empty()) throw InputError(bad + " is not a finite number, so the cell has no identity.");
  try {
    return Sha256(request.dump()).substr(0, 16);
  } catch (const json::type_error&) {
    throw InputError("request holds a text that is not UTF-8, so the cell has no identity.");
  }
}

}  // namespace plasticity
