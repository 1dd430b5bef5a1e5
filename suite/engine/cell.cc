#include "suite/engine/cell.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "suite/base/error.h"
#include "suite/base/json_text.h"
#include "suite/base/kinds.h"
#include "suite/base/placed_error.h"
#include "suite/base/result.h"
#include "suite/base/store.h"
#include "suite/base/text.h"
#include "suite/engine/device.h"
#include "suite/engine/plugins.h"
#include "suite/engine/resized.h"
#include "suite/engine/tuned.h"
#include "suite/network.h"
#include "suite/network_preset.h"
#include "suite/readout.h"
#include "suite/rule.h"
#include "suite/strategy.h"
#include "suite/task.h"

namespace plasticity {
namespace {

// What a request without a strategy means.
const std::string kFinetune(KindNamed(Strategy::kKind).absent);

std::string DefaultTask() {
  for (const auto& [name, entry] : Registry<Task>::Get().entries()) {
    if (entry.info.is_default) return name;
  }
  throw InputError("no task was named. Use --task NAME; `plasticity list tasks` shows all.");
}

// What settings that name a track leave open: the task's common track, or the rule's own published
// protocol.
nlohmann::json TrackDefaults(const std::string& track, const RuleInfo& rule,
                             const std::string& task) {
  nlohmann::json defaults = Registry<Task>::Get().Find(task).info.common;
  defaults["task"] = task;
  if (!defaults.contains("set")) defaults["set"] = nlohmann::json::object();
  if (track == "common") return defaults;
  if (track != "native") throw InputError("no track named '" + track + "': common or native.");
  if (rule.native.empty()) {
    throw InputError(fmt::format("{} has no native track; it runs in the common one.", rule.name));
  }
  defaults["set"] = nlohmann::json::object();
  return MergeSettings(std::move(defaults), rule.native);
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
  nlohmann::json split;
  std::vector<std::string> scopes;
  for (const Kind& kind : kKinds) {
    split[std::string(kind.name)] = nlohmann::json::object();
    scopes.push_back(std::string(kind.name) + ".");
  }
  for (const auto& [key, value] : set.items()) {
    const std::size_t dot = key.find('.');
    const std::string scope = key.substr(0, dot);
    if (dot == std::string::npos || !split.contains(scope)) {
      throw InputError(
          fmt::format("'{}' names no setting: it starts with {}, as in rule.learning_rate.", key,
                      Join(scopes, ", ")));
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
           std::any_of(known.begin(), known.end(),
                       [&](const std::string& name) { return one.at("op") == name; });
  };
  if (!is_activation(op)) {
    throw InputError(
        fmt::format("network.activation = {} is not allowed: {}, or an object such as "
                    "{{\"op\": \"repu\", \"power\": 3}}.",
                    activation.dump(), Join(known, ", ")));
  }
  if (!spec.contains("blocks") || !spec["blocks"].is_array()) return;
  for (nlohmann::json& block : spec["blocks"]) {
    if (!block.is_object() || !block.contains("ops")) continue;
    for (nlohmann::json& one : block["ops"]) {
      if (is_activation(one)) one = op;
    }
  }
}

// The first `depth` blocks alone. The parameterless layers behind them stay.
void SetDepth(nlohmann::json& spec, const nlohmann::json& depth) {
  const nlohmann::json all = spec.value("blocks", nlohmann::json::array());
  const std::size_t blocks = all.is_array() ? all.size() : 0;
  if (!depth.is_number_integer() || depth < 1 || depth > blocks)
    throw InputError(fmt::format("network.depth is {}; {} has 1 to {} blocks.", depth.dump(),
                                 spec.value("name", "the network"), blocks));
  nlohmann::json kept = nlohmann::json::array();
  for (std::size_t i = 0; i < depth.get<std::size_t>(); ++i) kept.push_back(all[i]);
  spec["blocks"] = std::move(kept);
}

nlohmann::json ResolveNetwork(const nlohmann::json& network, const nlohmann::json& set) {
  nlohmann::json spec = network.is_string() ? NetworkSpec(network.get<std::string>()) : network;
  if (!spec.is_object())
    throw InputError("\"network\" is a name, a path, or an object that describes one.");
  if (const auto name = spec.find("name"); name != spec.end() && !name->is_string())
    throw InputError("a network's name is a text, not " + name->dump() + ".");
  if (!spec.contains("width")) spec["width"] = 1.0;
  for (const auto& [key, value] : set.items()) {
    if (key == "activation") {
      SetActivation(spec, value);
    } else if (key == "depth") {
      SetDepth(spec, value);
    } else if (key == "width" || key == "input") {
      spec[key] = value;
    } else {
      throw InputError(fmt::format(
          "network.{} cannot be set; width, depth, input and activation can.{} For more, "
          "write a JSON file.",
          key, NearestHint(key, {"width", "depth", "input", "activation"})));
    }
  }
  spec.erase("summary");
  SettingsOf(spec);
  return spec;
}

// Throws InputError where `set` gives a parameter of the rule one value a layer, but not as many as
// the network has layers, or as the parameter's default has values.
void CheckLayers(const nlohmann::json& set, const std::string& rule,
                 const nlohmann::json& network) {
  const std::size_t layers = network.value("blocks", nlohmann::json::array()).size();
  for (const ParamInfo& param : Registry<Rule>::Get().Parameters(rule)) {
    const auto given = set.find(fmt::format("{}.{}", Rule::kKind, param.name));
    if (param.kind != ParamKind::kPerLayer || given == set.end()) continue;
    const std::size_t values = given->is_array() ? given->size() : 1;
    if (values == 1 || values == layers || values == param.default_value.size()) continue;
    throw InputError(fmt::format(
        "{}: {} = {} has {} values, and the network has {} layers: give one for all, or "
        "one a layer.",
        rule, param.name, given->dump(), values, layers));
  }
}

// A part of an interface's kind as the request has it: name, every parameter in force, and the
// digest of the plugin that it comes from.
template <typename Interface>
nlohmann::json ResolvePart(const std::string& name, const nlohmann::json& given) {
  nlohmann::json params;
  Registry<Interface>::Get().Make(name, given, &params);
  nlohmann::json part = {{"name", name}, {"params", params}};
  if (const Plugin* plugin = PluginOf(Interface::kKind, name)) part["plugin"] = plugin->sha256;
  return part;
}

// The parts of a request, and the precision.
nlohmann::json ResolveParts(const nlohmann::json& all) {
  nlohmann::json set = SplitSet(all.at("set"));
  nlohmann::json request;
  request["rule"] = ResolvePart<Rule>(Text(all, "rule"), set.at("rule"));
  if (all.contains("tuned")) request["rule"]["tuned"] = TunedInRequest(all.at("tuned"));
  const std::string task = Text(all, "task");
  request["task"] = ResolvePart<Task>(task, set.at("task"));
  request["task"]["version"] = Registry<Task>::Get().Find(task).info.version;
  request["readout"] = ResolvePart<Readout>(Text(all, "readout"), set.at("readout"));
  const std::string strategy = all.contains("strategy") ? Text(all, "strategy") : kFinetune;
  const nlohmann::json resolved = ResolvePart<Strategy>(strategy, set.at("strategy"));
  if (strategy != kFinetune) request["strategy"] = resolved;  // absent means finetune
  request["network"] = ResolveNetwork(all.at("network"), set.at("network"));
  request["precision"] = Text(all, "precision");
  ChoosePrecision(request.at("precision"));
  return request;
}

// One mapping of a data set for all cells of a plan: its pages count once towards a cell's peak
// memory. With `shape`, of images brought to it, which are then looked at once.
std::shared_ptr<const Dataset> SharedDataset(const std::string& name, const std::string& source,
                                             std::int64_t memory,
                                             const ImageShape* shape = nullptr) {
  using Key = std::tuple<std::string, std::string, std::int64_t, int, int, int>;
  static std::map<Key, std::weak_ptr<const Dataset>> open;
  const ImageShape asked = shape == nullptr ? ImageShape{} : *shape;
  std::weak_ptr<const Dataset>& known =
      open[{name, source, memory, asked.channels, asked.height, asked.width}];
  std::shared_ptr<const Dataset> data = known.lock();
  if (!data) {
    data = shape == nullptr ? OpenDataset(name, source, memory)
                            : Resized(SharedDataset(name, source, memory), *shape);
    known = data;
  }
  return data;
}

// Has the cell's learning start from the network of a Result; gives what the request says of it.
nlohmann::json TakeInit(const std::filesystem::path& path, Cell& cell) {
  const Result from = KeptResult(path);
  const Artifact& network = from.artifacts.at(kNetworkArtifact);
  cell.init = path.parent_path() / network.file;
  return {{"run_id", from.run_id}, {"sha256", network.sha256}};
}

// Throws InputError where the data set that is here is not the one that `asked` is of.
void CheckFingerprint(const Dataset& here, const nlohmann::json& asked) {
  const std::string fingerprint = asked.at("fingerprint");
  if (here.fingerprint == fingerprint) return;
  throw InputError(fmt::format("it learned from a {} with fingerprint {}, and the one here has {}.",
                               here.name, fingerprint, here.fingerprint));
}

// Throws InputError where a part of the request is another plugin build's, or another version's.
template <typename Interface>
void CheckBuild(const nlohmann::json& request) {
  if (!request.contains(Interface::kKind)) return;
  const nlohmann::json& part = request.at(Interface::kKind);
  const std::string name = part.at("name"), asked = part.value("plugin", "");
  const Plugin* plugin = PluginOf(Interface::kKind, name);
  const std::string here = plugin == nullptr ? "" : plugin->sha256;
  if (asked == here) return;
  if (!asked.empty() && !Registry<Interface>::Get().Has(name)) {
    throw InputError(
        fmt::format("its {} {} is from a plugin with SHA-256 {}: name that library, --plugin FILE.",
                    Interface::kKind, name, asked));
  }
  throw InputError(
      fmt::format("its {} {} is {}, and the one here is {}.", Interface::kKind, name,
                  asked.empty() ? "the suite's own" : "a plugin's with SHA-256 " + asked,
                  here.empty() ? "the suite's own" : "a plugin's with SHA-256 " + here));
}

// Whether the parts that were asked for are the rule's own published protocol in this task.
bool IsNative(const nlohmann::json& request, const RuleInfo& rule, const std::string& task) {
  if (rule.native.empty()) return false;
  try {
    return request ==
           ResolveParts(MergeSettings(TrackDefaults("native", rule, task),
                                      {{"rule", rule.name}, {"precision", request["precision"]}}));
  } catch (const InputError&) {
    return false;  // a task that cannot be done so
  }
}

}  // namespace

std::string Cell::Title() const { return TitleOf(request) + (note.empty() ? "" : " " + note); }

std::string Cell::FileStem() const {
  std::string name = Name(Rule::kKind);
  if (request.contains(Strategy::kKind)) name += "-" + Name(Strategy::kKind);
  return fmt::format("{}-{}-seed{}-{}", name, data->name, seed, run_id);
}

std::vector<std::string> NamesOf(const std::vector<FileEntry>& entries) {
  std::vector<std::string> names;
  names.reserve(entries.size());
  for (const FileEntry& entry : entries) names.push_back(entry.name);
  return names;
}

const std::vector<FileEntry>& SettingEntries() {
  static const std::vector<FileEntry> entries = [] {
    std::vector<FileEntry> made;
    for (const Kind& kind : kKinds) {
      const bool network = kind.name == NetworkPreset::kKind;
      made.push_back(
          {std::string(kind.name), network ? "name, path of a JSON file, or object" : "name",
           fmt::format("the {}; `plasticity list {}` shows all{}", kind.name, kind.plural,
                       kind.absent.empty()
                           ? std::string()
                           : fmt::format("; {} where it is left out", kind.absent))});
    }
    const FileEntry others[] = {
        {"data", "name", "the data set; `plasticity data list` shows all"},
        {"source", "path", "a file or folder to read the data from, instead of looking for it"},
        {"precision", "float32, tf32 or bfloat16", "what products are computed in"},
        {"track", "common or native",
         "what is left out is everybody's (the task's), or the rule's own published protocol"},
        {"tuning", "true or false", "true: the cell never sees test images"},
        {"init", "path",
         "a Result that keeps its network (`--keep-network`): learning starts from it"},
        {"tuned", "object", "what `plasticity tune` chose and how, as its file has it"},
        {"set", "object",
         "single parameters by their part: {\"rule.learning_rate\": 0.1, \"network.width\": 0.5}; "
         "`plasticity describe NAME` shows a part's"}};
    made.insert(made.end(), std::begin(others), std::end(others));
    return made;
  }();
  return entries;
}

nlohmann::json MergeSettings(nlohmann::json under, const nlohmann::json& over) {
  static const std::vector<std::string> known = NamesOf(SettingEntries());
  if (!over.is_object()) throw InputError("settings are a JSON object, not " + over.dump() + ".");
  const bool another_network =
      under.contains("network") && over.contains("network") && under["network"] != over["network"];
  if (another_network && under.contains("set")) {
    nlohmann::json kept = nlohmann::json::object();
    for (const auto& [key, value] : under["set"].items()) {
      if (key.rfind("network.", 0) != 0) kept[key] = value;
    }
    under["set"] = kept;
  }
  for (const auto& [key, value] : over.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      throw InputError(fmt::format("no setting '{}'.{} There are: {}.", key,
                                   NearestHint(key, known), Join(known, ", ")));
    }
    if (key == "set" && !value.is_object())
      throw InputError("\"set\" is an object such as {\"rule.lambda\": 0.8}, not " + value.dump() +
                       ".");
    if (key == "set" && under.contains("set")) {
      under["set"].update(value);
    } else {
      under[key] = value;
    }
  }
  return under;
}

nlohmann::json ReadSettings(const std::filesystem::path& file) {
  const nlohmann::json settings = ReadJson(file);
  if (!settings.is_object())
    throw InputError(file.string() + " is not a JSON object with settings.");
  return WithPlace(file.string(),
                   [&] { return MergeSettings(nlohmann::json::object(), settings); });
}

Cell MakeCell(const nlohmann::json& settings, std::uint64_t seed, const std::string& device_type,
              std::int64_t data_memory) {
  const std::string rule_name = Text(settings, "rule");
  const RuleInfo& rule = Registry<Rule>::Get().Find(rule_name).info;
  const std::string track = settings.contains("track") ? Text(settings, "track") : "common";
  std::string task = settings.contains("task") ? Text(settings, "task") : "";
  if (task.empty() && track == "native") task = rule.native.value("task", "");
  if (task.empty()) task = DefaultTask();
  nlohmann::json under = TrackDefaults(track, rule, task);
  Cell cell;
  cell.seed = seed;
  if (settings.contains("tuned")) {
    cell.tuned = settings.at("tuned");
    CheckTuned(cell.tuned, rule_name, settings.value("set", nlohmann::json::object()), seed);
    under["set"].update(cell.tuned.at("set"));
  }
  const nlohmann::json all = MergeSettings(std::move(under), settings);
  cell.request = ResolveParts(all);
  CheckLayers(settings.value("set", nlohmann::json::object()), rule_name,
              cell.request.at("network"));
  cell.track = IsNative(cell.request, rule, task) ? "native" : "common";
  nlohmann::json& request = cell.request;
  request["seed"] = seed;
  request["protocol_version"] = kProtocolVersion;
  request["device_type"] = device_type;
  const nlohmann::json tuning = all.value("tuning", nlohmann::json(false));
  if (!tuning.is_boolean())
    throw InputError("\"tuning\" is true or false, not " + tuning.dump() + ".");
  if (tuning) request["tuning"] = true;
  cell.data = SharedDataset(Text(all, "data"), Text(all, "source"), data_memory);
  request["data"] = {{"name", cell.data->name},
                     {"version", cell.data->version},
                     {"fingerprint", cell.data->fingerprint}};
  for (const ParamInfo& param : Registry<Task>::Get().Parameters(task)) {
    const std::string name =
        param.kind == ParamKind::kData ? request.at("task").at("params").value(param.name, "") : "";
    if (name.empty()) continue;
    const std::shared_ptr<const Dataset> other =
        SharedDataset(name, "", data_memory, &cell.data->shape);
    cell.other_data[name] = other;
    request["other_data"][name] = {{"version", other->version},
                                   {"fingerprint", other->fingerprint}};
  }
  if (all.contains("init")) request["init"] = TakeInit(Text(all, "init"), cell);
  cell.run_id = RunId(request);
  return cell;
}

std::shared_ptr<const Dataset> DataOf(const Result& result, std::int64_t data_memory) {
  const nlohmann::json& asked = result.request.at("data");
  std::shared_ptr<const Dataset> data = SharedDataset(asked.at("name"), "", data_memory);
  CheckFingerprint(*data, asked);
  return data;
}

Cell CellOf(const Result& result, const std::string& init, std::int64_t data_memory) {
  const nlohmann::json& request = result.request;
  if (result.rule.contains("imported"))
    throw InputError("another tool measured it, and no cell of this one can be the same.");
  for (const char* key : {Rule::kKind, Task::kKind, Readout::kKind, "network", "data", "precision",
                          "seed", "protocol_version", "device_type"}) {
    if (!request.contains(key)) throw InputError(fmt::format("its request has no {}.", key));
  }
  const nlohmann::json& task = request.at(Task::kKind);
  const TaskInfo& info = Registry<Task>::Get().Find(task.at("name").get<std::string>()).info;
  if (request.at("protocol_version") != kProtocolVersion ||
      task.value("version", 0) != info.version) {
    throw InputError(fmt::format(
        "it is of {} version {} under protocol {}; this program has version {} under protocol {}.",
        info.name, task.value("version", 0), request.at("protocol_version").dump(), info.version,
        kProtocolVersion));
  }
  CheckBuild<Rule>(request);
  CheckBuild<Strategy>(request);
  CheckBuild<Readout>(request);
  CheckBuild<Task>(request);
  Cell cell;
  cell.request = request;
  cell.run_id = result.run_id;
  cell.data = DataOf(result, data_memory);
  const nlohmann::json others = request.value("other_data", nlohmann::json::object());
  for (const auto& [name, asked] : others.items()) {
    cell.other_data[name] = SharedDataset(name, "", data_memory, &cell.data->shape);
    CheckFingerprint(*cell.other_data[name], asked);
  }
  const nlohmann::json started = request.value("init", nlohmann::json());
  if (!started.is_null() && init.empty()) {
    throw InputError(
        fmt::format("its learning started from the network of {}. Name that: --init "
                    "FILE.",
                    started.at("run_id").get<std::string>()));
  }
  if (!init.empty() && TakeInit(init, cell) != started)
    throw InputError("its learning did not start from the network of " + init + ".");
  cell.seed = request.at("seed");
  cell.tuned = result.selection.value("tuned", nlohmann::json());
  cell.track = result.rule.value("track", "common");
  return cell;
}

Result KeptResult(const std::filesystem::path& path) {
  Result result = LoadResult(path);
  if (result.artifacts.count(kNetworkArtifact) == 0)
    throw InputError(path.string() + " keeps no network. Run its cell again with --keep-network.");
  return result;
}

std::vector<std::uint64_t> ParseSeeds(const std::string& text) {
  constexpr std::size_t kMost = 10000;
  const InputError wrong(fmt::format(
      "seeds = '{}' is not allowed: one number, a range 1-3, or a list 1,2,5, of up to {}.", text,
      Grouped(kMost)));
  std::vector<std::uint64_t> seeds;
  std::set<std::uint64_t> named;
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
    if (last < first || last - first >= kMost - seeds.size()) throw wrong;
    for (std::uint64_t seed = first; seed <= last; ++seed) {
      if (!named.insert(seed).second)
        throw InputError(fmt::format("seeds = '{}' names {} twice.", text, seed));
      seeds.push_back(seed);
    }
    start = end + 1;
  }
  return seeds;
}

}  // namespace plasticity
