#include "suite/engine/cell.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "suite/base/result.h"
#include "suite/base/error.h"
#include "suite/base/text.h"
#include "suite/engine/device.h"

namespace plasticity {
namespace {

const std::vector<std::string> kSettingNames = {
    "rule", "task", "data", "source", "network", "readout", "precision", "track", "set"};

// What every rule is compared under.
nlohmann::json CommonTrack() {
  return {{"task", "classification"}, {"data", "cifar10"},      {"network", "sphere-cnn"},
          {"readout", "linear"},      {"precision", "float32"}, {"set", {{"network.width", 0.25}}}};
}

// The rule's own published protocol.
nlohmann::json NativeTrack(const RuleInfo& rule) {
  if (rule.native.empty()) {
    throw InputError(fmt::format("{} has no native track; it runs in the common one.", rule.name));
  }
  const nlohmann::json base = {{"task", "classification"},
                               {"data", "cifar10"},
                               {"readout", "linear"},
                               {"precision", "float32"},
                               {"set", nlohmann::json::object()}};
  return MergeSettings(base, rule.native);
}

std::string Text(const nlohmann::json& settings, const std::string& name) {
  const nlohmann::json value = settings.value(name, nlohmann::json(""));
  if (!value.is_string())
    throw InputError(fmt::format("\"{}\" is a name, not {}.", name, value.dump()));
  return value;
}

// {"rule.lambda": 0.8, "network.width": 2} as {"rule": {"lambda": 0.8}, "network": {"width": 2},
// ...}.
nlohmann::json SplitSet(const nlohmann::json& set) {
  static const std::vector<std::string> scopes = {"rule", "task", "readout", "network"};
  nlohmann::json split;
  for (const std::string& scope : scopes) split[scope] = nlohmann::json::object();
  if (!set.is_object()) throw InputError("\"set\" is an object such as {\"rule.lambda\": 0.8}.");
  for (const auto& [key, value] : set.items()) {
    const std::size_t dot = key.find('.');
    const std::string scope = key.substr(0, dot);
    if (dot == std::string::npos || !split.contains(scope)) {
      throw InputError(
          fmt::format("'{}' names no setting: it starts with {}, as in rule.learning_rate.", key,
                      "rule., task., readout. or network."));
    }
    split[scope][key.substr(dot + 1)] = value;
  }
  return split;
}

// Puts `activation`, "relu" or {"op": "repu", "power": 3}, in the place of every block's.
void SetActivation(nlohmann::json& spec, const nlohmann::json& activation) {
  static const std::vector<std::string> known = {"relu", "leaky_relu", "tanh", "triangle", "repu"};
  const nlohmann::json op =
      activation.is_string() ? nlohmann::json{{"op", activation}} : activation;
  const auto is_activation = [](const nlohmann::json& one) {
    return one.is_object() && one.contains("op") &&
           std::find(known.begin(), known.end(), one.at("op")) != known.end();
  };
  if (!is_activation(op)) {
    throw InputError(
        fmt::format("network.activation = {} is not allowed: {}, or an object such as "
                    "{{\"op\": \"repu\", \"power\": 3}}.",
                    activation.dump(), Join(known, ", ")));
  }
  for (nlohmann::json& block : spec["blocks"]) {
    for (nlohmann::json& one : block["ops"]) {
      if (is_activation(one)) one = op;
    }
  }
}

nlohmann::json ResolveNetwork(const nlohmann::json& network, const nlohmann::json& set) {
  nlohmann::json spec = network.is_string() ? NetworkSpec(network.get<std::string>()) : network;
  if (!spec.is_object())
    throw InputError("\"network\" is a name, a path, or an object that describes one.");
  if (!spec.contains("width")) spec["width"] = 1.0;
  for (const auto& [key, value] : set.items()) {
    if (key == "activation") {
      SetActivation(spec, value);
    } else if (key == "width" || key == "input") {
      spec[key] = value;
    } else {
      throw InputError(fmt::format(
          "network.{} cannot be set; width, input and activation can. Write a JSON file for more.",
          key));
    }
  }
  spec.erase("summary");
  return spec;
}

// One mapping of a data set for all cells of a plan: its pages count once towards a cell's peak
// memory.
std::shared_ptr<const Dataset> SharedDataset(const std::string& name, const std::string& source) {
  static std::map<std::pair<std::string, std::string>, std::weak_ptr<const Dataset>> open;
  std::weak_ptr<const Dataset>& known = open[{name, source}];
  std::shared_ptr<const Dataset> data = known.lock();
  if (!data) known = data = OpenDataset(name, source);
  return data;
}

}  // namespace

nlohmann::json MergeSettings(nlohmann::json under, const nlohmann::json& over) {
  for (const auto& [key, value] : over.items()) {
    if (std::find(kSettingNames.begin(), kSettingNames.end(), key) == kSettingNames.end()) {
      throw InputError(fmt::format("no setting '{}'.{} There are: {}.", key,
                                   NearestHint(key, kSettingNames), Join(kSettingNames, ", ")));
    }
    if (key == "set" && under.contains("set") && value.is_object()) {
      under["set"].update(value);
    } else {
      under[key] = value;
    }
  }
  return under;
}

Cell MakeCell(const nlohmann::json& settings, std::uint64_t seed, const std::string& device_type) {
  const std::string rule_name = Text(settings, "rule");
  const RuleInfo& rule = Registry<Rule>::Get().Find(rule_name).info;
  const std::string track = settings.contains("track") ? Text(settings, "track") : "common";
  if (track != "common" && track != "native") {
    throw InputError("no track named '" + track + "': common or native.");
  }
  const nlohmann::json all =
      MergeSettings(track == "native" ? NativeTrack(rule) : CommonTrack(), settings);
  nlohmann::json set = SplitSet(all.at("set"));

  Cell cell;
  cell.seed = seed;
  cell.track = track;
  nlohmann::json& request = cell.request;
  nlohmann::json params;
  Registry<Rule>::Get().Make(rule_name, set.at("rule"), &params);
  request["rule"] = {{"name", rule_name}, {"params", params}};
  const std::string task_name = Text(all, "task");
  Registry<Task>::Get().Make(task_name, set.at("task"), &params);
  const int task_version = Registry<Task>::Get().Find(task_name).info.version;
  request["task"] = {{"name", task_name}, {"version", task_version}, {"params", params}};
  const std::string readout_name = Text(all, "readout");
  Registry<Readout>::Get().Make(readout_name, set.at("readout"), &params);
  request["readout"] = {{"name", readout_name}, {"params", params}};
  request["network"] = ResolveNetwork(all.at("network"), set.at("network"));
  request["precision"] = Text(all, "precision");
  ChoosePrecision(request.at("precision"));
  request["seed"] = seed;
  request["protocol_version"] = kProtocolVersion;
  request["device_type"] = device_type;
  cell.data = SharedDataset(Text(all, "data"), Text(all, "source"));
  request["data"] = {{"name", cell.data->name},
                     {"version", cell.data->version},
                     {"fingerprint", cell.data->fingerprint}};
  cell.run_id = RunId(request);
  return cell;
}

CellParts BuildCell(const Cell& cell, at::Device device) {
  const nlohmann::json& request = cell.request;
  CellParts parts;
  const std::string rule = request.at("rule").at("name");
  parts.rule_info = Registry<Rule>::Get().Find(rule).info;
  parts.rule = Registry<Rule>::Get().Make(rule, request.at("rule").at("params"));
  const std::string readout = request.at("readout").at("name");
  parts.readout_info = Registry<Readout>::Get().Find(readout).info;
  parts.readout = Registry<Readout>::Get().Make(readout, request.at("readout").at("params"));
  parts.task =
      Registry<Task>::Get().Make(request.at("task").at("name"), request.at("task").at("params"));
  parts.streams = std::make_unique<Streams>(cell.seed);
  const Dataset& data = *cell.data;
  const Shape image{.channels = data.channels, .height = data.height, .width = data.width};
  const auto classes = static_cast<std::int64_t>(data.class_names.size());
  parts.network = std::make_unique<Network>(request.at("network"), image, classes, *parts.streams,
                                            device, ChoosePrecision(request.at("precision")));
  parts.rule->Attach(*parts.network);
  parts.readout->Attach(parts.rule_info, *parts.network,
                        parts.rule->FeatureCount(data.image_bytes()), classes);
  return parts;
}

std::vector<std::uint64_t> ParseSeeds(const std::string& text) {
  const InputError wrong("seeds = '" + text +
                         "' is not allowed: one number, a range 1-3, or a list 1,2,5.");
  std::vector<std::uint64_t> seeds;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    const std::string item = text.substr(start, end - start);
    const std::size_t dash = item.find('-');
    const auto number = [&](const std::string& digits) -> std::uint64_t {
      if (digits.empty() || digits.size() > 9 ||
          digits.find_first_not_of("0123456789") != std::string::npos)
        throw wrong;
      return std::stoull(digits);
    };
    const std::uint64_t first = number(item.substr(0, dash));
    const std::uint64_t last = dash == std::string::npos ? first : number(item.substr(dash + 1));
    if (last < first || last - first > 10000) throw wrong;
    for (std::uint64_t seed = first; seed <= last; ++seed) {
      if (std::find(seeds.begin(), seeds.end(), seed) != seeds.end()) {
        throw InputError(fmt::format("seeds = '{}' names {} twice.", text, seed));
      }
      seeds.push_back(seed);
    }
    start = end + 1;
  }
  return seeds;
}

}  // namespace plasticity
