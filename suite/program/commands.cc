#include "suite/program/commands.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/placed_error.h"
#include "suite/base/text.h"
#include "suite/engine/cell.h"
#include "suite/engine/device.h"
#include "suite/engine/executors/executor.h"
#include "suite/engine/machine_speed.h"
#include "suite/engine/plan.h"
#include "suite/engine/plugins.h"
#include "suite/engine/progress_bar.h"
#include "suite/engine/runner.h"
#include "suite/engine/session.h"
#include "suite/engine/version.h"
#include "suite/kinds.h"
#include "suite/program/conformance.h"
#include "suite/program/features.h"
#include "suite/program/pages.h"
#include "suite/program/plan.h"
#include "suite/program/strategy_check.h"
#include "suite/program/tune.h"
#include "suite/program/verify.h"
#include "suite/rule.h"
#include "suite/strategy.h"

namespace plasticity {
namespace {

const std::string kSettings = "settings";  // what `list` shows that is no kind
const std::string kAll = "all";            // every rule

at::Device StartEngine(const EngineOptions& options) {
  CheckKinds();
  // Feature maps of tens of megabytes come and go at every step. Kept in the heap they cost
  // nothing; mapped and unmapped each time, as glibc does by default, they cost a fifth of a step
  // in page faults.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  // Numbers below 1e-38, which softmax makes by the thousand, are 0: on some CPUs each operation on
  // one takes a hundred times as long. Threads that start later do as this one.
  at::globalContext().setFlushDenormal(true);
  if (options.threads > 0) at::set_num_threads(options.threads);
  const at::Device device = ChooseDevice(options.device);
  if (options.cuda_graphs && !device.is_cuda())
    throw InputError("--cuda-graphs is a GPU's, and these cells run on the CPU. Leave it away.");
  if (options.cuda_graphs && !options.profile.empty())
    throw InputError(
        "--profile looks at every operation, and a replayed step calls none. Leave --cuda-graphs "
        "away.");
  return device;
}

// One line of what a part says of itself.
void PrintFact(const Fact& fact) {
  if (fact.label.empty())
    fmt::print("{}\n", fact.text);
  else
    fmt::print("{:<9}  {}\n", fact.label, fact.text);
}

nlohmann::json RunSettings(const RunCommand& command) {
  nlohmann::json settings = nlohmann::json::object();
  if (!command.config.empty()) settings = ReadSettings(command.config);
  nlohmann::json given = nlohmann::json::object();
  const std::pair<const char*, const std::string&> names[] = {
      {"rule", command.rule},       {"strategy", command.strategy},   {"task", command.task},
      {"data", command.data},       {"source", command.source},       {"network", command.network},
      {"readout", command.readout}, {"precision", command.precision}, {"init", command.init},
      {"track", command.track}};
  for (const auto& [key, value] : names) {
    if (!value.empty()) given[key] = value;
  }
  given["set"] = nlohmann::json::object();
  for (const std::string& assignment : command.set) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw InputError("--set " + assignment + " is not of the form rule.lambda=0.8.");
    }
    const std::string key = assignment.substr(0, equals);
    if (given["set"].contains(key)) throw InputError("--set " + key + " is given twice.");
    given["set"][key] =
        WithPlace("--set " + key, [&] { return ParseValue(assignment.substr(equals + 1)); });
  }
  if (!settings.contains("rule") && !given.contains("rule")) {
    throw InputError("no rule was named. Use --rule NAME; `plasticity list rules` shows all.");
  }
  return MergeSettings(settings, given);
}

// The settings once for each of the names that `key` lists with commas between.
std::vector<nlohmann::json> ForEach(const std::vector<nlohmann::json>& settings,
                                    const std::string& key) {
  std::vector<nlohmann::json> each;
  for (const nlohmann::json& given : settings) {
    const bool listed = given.contains(key) && given.at(key).is_string();
    std::istringstream names(listed ? given.at(key).get<std::string>() : "");
    nlohmann::json one = given;
    for (std::string name; std::getline(names, name, ',');) {
      one[key] = name;
      each.push_back(one);
    }
    if (!listed) each.push_back(one);
  }
  return each;
}

int Run(const RunCommand& command) {
  CatchStopSignals();
  const at::Device device = StartEngine(command.engine);
  const std::vector<nlohmann::json> each =
      ForEach(ForEach({RunSettings(command)}, Rule::kKind), Strategy::kKind);
  std::vector<Cell> cells;
  std::set<std::string> known;
  for (const std::uint64_t seed : ParseSeeds(command.seeds)) {
    for (const nlohmann::json& settings : each) {
      cells.push_back(MakeCell(settings, seed, DeviceType(device), command.engine.data_bytes()));
      if (!known.insert(cells.back().run_id).second)
        throw InputError(cells.back().Title() + " is asked for twice. Name it once.");
    }
  }
  SayData(*cells.front().data);
  const int status = RunCells(
      *MakeHere(),
      AllOf(cells, device, command.engine, each.size() > 1 ? Refusal::kSkip : Refusal::kThrow));
  if (each.front().value("track", "") == "native") {
    const std::string rule = cells.front().request.at("rule").at("name");
    for (const Published& published : Registry<Rule>::Get().Find(rule).info.published) {
      if (published.data == cells.front().data->name) PrintFact(FactOf(published));
    }
  }
  if (status != kStopped) {
    fmt::print("Results in {}; `plasticity leaderboard {}` compares them.\n",
               command.engine.results.string(), command.engine.results.string());
  }
  return status;
}

int Tune(const TuneCommand& command) {
  CatchStopSignals();
  const at::Device device = StartEngine(command.trial.engine);
  nlohmann::json settings = RunSettings(command.trial);
  if (settings.at("rule") == kAll) settings["rule"] = Join(Registry<Rule>::Get().Names(), ",");
  return TuneRules(command, ForEach({settings}, Rule::kKind), device);
}

int Features(const FeaturesCommand& command) {
  WriteFeatures(command, StartEngine({.device = command.device, .threads = command.threads}));
  return 0;
}

at::Device StartToRun(const EngineOptions& options) {
  CatchStopSignals();
  return StartEngine(options);
}

int VerifyResult(const VerifyCommand& command) { return Verify(command, StartToRun); }
int SubmitResults(const SubmitCommand& command) { return Submit(command, StartToRun); }

int PlanCells(const PlanCommand& command) {
  CatchStopSignals();
  return RunPlan(command, StartEngine(command.engine));
}

// A table of the kind's parts; its last column may be long.
void PrintParts(const KindRegistry& kind) {
  const std::vector<std::string> names = kind.Names();
  std::vector<std::vector<std::string>> rows = {{std::string(kind.kind().name)}};
  for (const Fact& column : kind.Columns(names.front())) rows.front().push_back(column.label);
  for (const std::string& name : names) {
    rows.push_back({name});
    for (const Fact& column : kind.Columns(name)) rows.back().push_back(column.text);
  }
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const std::vector<std::string>& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const std::vector<std::string>& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) fmt::print("{:<{}}  ", row[i], widths[i]);
    fmt::print("{}\n", row.back());
  }
}

// What JSON files of a user may hold: docs/plans.md has the Markdown.
void PrintEntries(const std::string& title, const std::vector<FileEntry>& entries, bool markdown) {
  if (markdown) {
    fmt::print("| {} | value | meaning |\n| --- | --- | --- |\n", title);
    for (const FileEntry& entry : entries)
      fmt::print("| `{}` | {} | {} |\n", entry.name, entry.value, entry.meaning);
    return;
  }
  std::size_t names = title.size(), values = 5;
  for (const FileEntry& entry : entries) {
    names = std::max(names, entry.name.size());
    values = std::max(values, entry.value.size());
  }
  fmt::print("{:<{}}  {:<{}}  meaning\n", title, names, "value", values);
  for (const FileEntry& entry : entries)
    fmt::print("{:<{}}  {:<{}}  {}\n", entry.name, names, entry.value, values, entry.meaning);
}

int List(const std::string& kinds, bool markdown) {
  CheckKinds();
  if (kinds == kSettings) {
    PrintEntries("in a plan", PlanEntries(), markdown);
    fmt::print("\n");
    PrintEntries("in settings", SettingEntries(), markdown);
    return 0;
  }
  std::vector<std::string> known;
  for (const KindRegistry* kind : Kinds()) {
    known.emplace_back(kind->kind().plural);
    if (known.back() != kinds) continue;
    if (!markdown) {
      PrintParts(*kind);
    } else if (kind == &Registry<Rule>::Get()) {
      fmt::print("{}", RulePage(Registry<Rule>::Get()));
    } else if (kind == &Registry<Task>::Get()) {
      fmt::print("{}", TaskPage(Registry<Task>::Get()));
    } else {
      fmt::print("{}", PartsPage(*kind));
    }
    return 0;
  }
  throw InputError("there is no list of '" + kinds + "'." + NearestHint(kinds, known) +
                   " There are " + Join(known, ", ") + ", " + kSettings + ", data.");
}

void PrintParameters(const std::string& scope, const std::vector<ParamInfo>& parameters) {
  std::size_t names = 9, defaults = 7, ranges = 5;
  for (const ParamInfo& info : parameters) {
    names = std::max(names, info.name.size());
    defaults = std::max(defaults, info.default_value.dump().size());
    ranges = std::max(ranges, std::min<std::size_t>(info.Allowed().size(), 40));
  }
  fmt::print("{:<{}}  {:<{}}  {:<{}}  meaning   (set with --set {}.NAME=VALUE)\n", "parameter",
             names, "default", defaults, "range", ranges, scope);
  for (const ParamInfo& info : parameters) {
    fmt::print("{:<{}}  {:<{}}  {:<{}}  {}{}\n", info.name, names, info.default_value.dump(),
               defaults, info.Allowed(), ranges, info.doc,
               info.unit.empty() ? "" : " [" + info.unit + "]");
  }
}

int Describe(const std::string& name) {
  CheckKinds();
  std::vector<std::string> names;
  for (const KindRegistry* kind : Kinds()) {
    if (kind->Has(name)) {
      const std::string kind_name(kind->kind().name);
      for (const Fact& fact : kind->Facts(name)) PrintFact(fact);
      if (const Plugin* plugin = PluginOf(kind_name, name)) {
        PrintFact({"plugin",
                   fmt::format("{} (SHA-256 {}..)", plugin->file, plugin->sha256.substr(0, 8))});
      }
      const std::vector<ParamInfo> parameters = kind->Parameters(name);
      if (!parameters.empty()) PrintParameters(kind_name, parameters);
      return 0;
    }
    const std::vector<std::string> own = kind->Names();
    names.insert(names.end(), own.begin(), own.end());
  }
  throw UnknownName("nothing is named '" + name + "'." + NearestHint(name, names) +
                    " `plasticity list rules` shows the rules.");
}

const char* Word(Finding::Verdict verdict) {
  switch (verdict) {
    case Finding::Verdict::kPassed:
      return "ok";
    case Finding::Verdict::kFailed:
      return "FAILED";
    case Finding::Verdict::kUndecided:
      return "undecided";
    case Finding::Verdict::kSkipped:
      return "skipped";
  }
  return "";
}

// One line a finding.
// What was looked at of one part, a line each, and how often it came to what.
class Findings {
 public:
  explicit Findings(std::size_t width) : width_(width) {}

  void Add(const std::string& part, const std::string& promise, const Finding& finding) {
    ++count_[finding.verdict];
    const std::string text = finding.message.empty() ? promise : promise + ": " + finding.message;
    fmt::print("{:<9}  {:<{}}  {:<14}  {:<8}  {}\n", Word(finding.verdict), part, width_,
               finding.law, finding.network, text);
    std::fflush(stdout);
  }
  void AddUndecided() { ++count_[Finding::Verdict::kUndecided]; }

  // Prints the sum; gives the exit code.
  int Finish(const std::string& asked) {
    const int failed = count_[Finding::Verdict::kFailed];
    fmt::print("{}: {} passed, {} failed, {} undecided, {} skipped\n", asked,
               count_[Finding::Verdict::kPassed], failed, count_[Finding::Verdict::kUndecided],
               count_[Finding::Verdict::kSkipped]);
    return failed > 0 ? 1 : 0;
  }

 private:
  std::size_t width_;
  std::map<Finding::Verdict, int> count_;
};

int Check(const std::string& asked) {
  CheckKinds();
  at::set_num_threads(1);  // its tensors are so small that more threads only wait for each other
  if (Registry<Strategy>::Get().Has(asked)) {
    Findings findings(asked.size());
    CheckStrategy(asked, true, [&](const std::string& promise, const Finding& finding) {
      findings.Add(asked, promise, finding);
    });
    return findings.Finish(asked);
  }
  const Registry<Rule>& rules = Registry<Rule>::Get();
  const std::vector<std::string> names =
      asked == kAll ? rules.Names() : std::vector<std::string>{rules.Find(asked).info.name};
  std::size_t width = 0;
  for (const std::string& name : names) width = std::max(width, name.size());
  Findings findings(width);
  for (const std::string& name : names) {
    std::map<std::string, std::vector<std::string>> undecided;  // by what failed
    CheckRule(rules, name, {}, [&](const Law& law, const Finding& finding) {
      if (finding.verdict != Finding::Verdict::kUndecided)
        return findings.Add(name, law.promise, finding);
      findings.AddUndecided();
      std::vector<std::string>& laws = undecided[finding.message];
      if (laws.empty() || laws.back() != law.name) laws.push_back(law.name);
    });
    for (const auto& [reason, laws] : undecided)
      fmt::print("{:<9}  {:<{}}  {}: {}\n", Word(Finding::Verdict::kUndecided), name, width, reason,
                 Join(laws, ", "));
  }
  return findings.Finish(asked);
}

bool HasPart(const std::string& kind, const std::string& name) {
  for (const KindRegistry* registry : Kinds())
    if (registry->kind().name == kind) return registry->Has(name);
  return false;
}

// Measures with all threads and with one, as cells side by side have, and keeps both.
void PrintSpeed(at::Device device) {
  constexpr double kSeconds = 2.5;
  std::set<int> counts = {at::get_num_threads()};
  if (!device.is_cuda()) counts.insert(1);
  for (const int threads : counts) {
    at::set_num_threads(threads);
    const MachineSpeed speed = MeasureSpeed(device, kSeconds);
    fmt::print(
        "speed        {}: {:.0f} GFLOP/s float32, {:.0f} bfloat16, {:.0f} convolution; {:.1f} "
        "GB/s\n",
        device.is_cuda() ? "the GPU" : fmt::format("{} thread{}", threads, threads == 1 ? "" : "s"),
        1e-9 * speed.product_flops, 1e-9 * speed.bfloat16_flops, 1e-9 * speed.convolution_flops,
        1e-9 * speed.copy_bytes_per_s);
    try {
      KeepSpeed(device, speed);
    } catch (const Error& error) {
      fmt::print("             not kept: {}\n", error.what());
    }
  }
}

int Doctor() {
  CheckKinds();
  const BuildInfo build = ThisBuild();
  const DeviceReport devices = InspectDevices();
  fmt::print("plasticity   {} ({}{}, {}, {})\n", build.version, build.commit,
             build.dirty ? ", with changes" : "", build.build_type, build.compiler);
  fmt::print("LibTorch     {}\n", devices.libtorch);
  fmt::print("CPU          {}, {} cores, {} threads, {}\n", devices.cpu_model, devices.cpu_count,
             devices.threads, devices.cpu_capability);
  fmt::print("GPU          {}\n", devices.cuda ? devices.cuda_name : "none: " + devices.cuda_name);
  fmt::print("precision    float32; {}bfloat16 {}\n", devices.cuda ? "tf32; " : "",
             devices.bfloat16 || devices.cuda ? "in hardware" : "rounded, no faster");
  PrintSpeed(StartEngine({}));
  std::vector<std::string> counts;
  for (const KindRegistry* kind : Kinds())
    counts.push_back(fmt::format("{} {}", kind->Names().size(), kind->kind().plural));
  fmt::print("registered   {}\n", Join(counts, ", "));
  const std::filesystem::path cache = CacheFolder();
  std::error_code failed;
  std::filesystem::create_directories(cache, failed);
  const std::filesystem::space_info space = std::filesystem::space(cache, failed);
  fmt::print("cache        {} ({})\n", cache.string(),
             failed ? failed.message()
                    : fmt::format("{:.1f} GB free", static_cast<double>(space.available) / 1e9));
  for (const char* name : {"cifar10", "cifar100", "stl10", "tiny-imagenet-200", "fashion-mnist"}) {
    fmt::print("data         {:<18} {}\n", name,
               HaveDataset(name) ? "found" : "not found: plasticity data fetch");
  }
  return 0;
}

}  // namespace
}  // namespace plasticity

extern "C" const plasticity::EngineCommands* plasticity_engine() {
  static const plasticity::EngineCommands commands = {.load_plugin = &plasticity::LoadPlugin,
                                                      .run = &plasticity::Run,
                                                      .plan = &plasticity::PlanCells,
                                                      .tune = &plasticity::Tune,
                                                      .features = &plasticity::Features,
                                                      .verify = &plasticity::VerifyResult,
                                                      .submit = &plasticity::SubmitResults,
                                                      .list = &plasticity::List,
                                                      .describe = &plasticity::Describe,
                                                      .check = &plasticity::Check,
                                                      .doctor = &plasticity::Doctor,
                                                      .has_part = &plasticity::HasPart};
  return &commands;
}
