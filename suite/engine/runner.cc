#include "suite/engine/runner.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "suite/base/date.h"
#include "suite/base/error.h"
#include "suite/base/file_lock.h"
#include "suite/base/store.h"
#include "suite/base/text.h"
#include "suite/base/unfinished.h"
#include "suite/engine/capture.h"
#include "suite/engine/cell_lab.h"
#include "suite/engine/device.h"
#include "suite/engine/event_log.h"
#include "suite/engine/machine_speed.h"
#include "suite/engine/plugins.h"
#include "suite/engine/profile.h"
#include "suite/engine/progress_bar.h"
#include "suite/engine/safetensors.h"
#include "suite/engine/session.h"
#include "suite/engine/version.h"

namespace plasticity {
namespace {

// What a cell keeps while it is not finished, in the folder of Results.
class Scratch {
 public:
  Scratch(const std::filesystem::path& results, const std::string& run_id)
      : folder(UnfinishedFolder(results)),
        checkpoint(folder / (run_id + ".checkpoint")),
        lock(folder / (run_id + ".lock")),
        results_(results),
        run_id_(run_id),
        made_results_(!Exists(results)) {}
  ~Scratch() {  // what is not empty stays
    std::error_code ignored;
    std::filesystem::remove(folder, ignored);
    if (made_results_) std::filesystem::remove(results_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  // Whether there is anything of the cell, its lock included.
  bool Holds() const { return !Files(folder, run_id_ + ".").empty(); }
  // Removes checkpoint and note, and what a killed process left half-written of them and of the
  // Result.
  void Clear() const {
    std::error_code ignored;
    for (const auto& file : Files(folder, checkpoint.filename().string()))
      std::filesystem::remove(file, ignored);
    for (const auto& file : Files(results_, run_id_ + ".json.tmp"))
      std::filesystem::remove(file, ignored);
    RemoveCellNote(results_, run_id_);
  }

  const std::filesystem::path folder;
  const std::filesystem::path checkpoint;
  const std::filesystem::path lock;

 private:
  static bool Exists(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
  }
  // The files in a folder whose names start so.
  static std::vector<std::filesystem::path> Files(const std::filesystem::path& in,
                                                  const std::string& start) {
    std::vector<std::filesystem::path> files;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(in, ignored)) {
      if (entry.path().filename().string().starts_with(start)) files.push_back(entry.path());
    }
    return files;
  }

  std::filesystem::path results_;
  std::string run_id_;
  bool made_results_;  // for a cell that may be refused
};

// When a file was written; 0 where there is none.
std::time_t TimeOf(const std::filesystem::path& file) {
  struct stat status = {};
  return ::stat(file.c_str(), &status) == 0 ? status.st_mtim.tv_sec : 0;
}

// Says that the cell was taken up from a checkpoint, where it was.
void SayResumed(const Session& session, const std::string& title, std::time_t written) {
  const Cost& cost = session.result.cost;
  if (cost.resumed == 0) return;
  fmt::print(stderr, "{}  goes on from its checkpoint of {}, after {}\n", title, InUtc(written),
             WordTime(cost.wall_s.at("total")));
}

std::string OperatingSystem() {
  utsname names;
  return uname(&names) == 0 ? fmt::format("{} {} {}", names.sysname, names.release, names.machine)
                            : "unknown";
}

// Variables of the environment that can change numbers or speed, those that are set.
nlohmann::json VariablesThatMatter() {
  nlohmann::json set = nlohmann::json::object();
  for (const char* name :
       {"ATEN_CPU_CAPABILITY", "CUBLAS_WORKSPACE_CONFIG", "CUDA_VISIBLE_DEVICES",
        "DNNL_MAX_CPU_ISA", "GOMP_CPU_AFFINITY", "GOMP_SPINCOUNT", "KMP_AFFINITY", "MKL_CBWR",
        "MKL_ENABLE_INSTRUCTIONS", "MKL_NUM_THREADS", "NVIDIA_TF32_OVERRIDE", "OMP_NUM_THREADS",
        "OMP_PLACES", "OMP_PROC_BIND", "OMP_WAIT_POLICY", "PYTORCH_CUDA_ALLOC_CONF"}) {
    if (const char* value = std::getenv(name)) set[name] = value;
  }
  return set;
}

// Everything of a Result that is known before the cell runs.
void DescribeCell(const Cell& cell, at::Device device, Result& result) {
  result.run_id = cell.run_id;
  result.request = cell.request;
  const std::string name = cell.Name(Rule::kKind);
  const RuleInfo& info = Registry<Rule>::Get().Find(name).info;
  result.rule = {{"summary", info.summary},
                 {"source", info.source},
                 {"formula", info.formula},
                 {"citation", info.citation},
                 {"origin", "builtin"},
                 {"baseline", info.is_baseline},
                 {"role", info.role},
                 {"needs_labels", info.needs_labels},
                 {"locality", LocalityName(info.locality)},
                 {"descent", DescentName(info.descent)},
                 {"backward", info.backward},
                 {"weight_transport", info.weight_transport},
                 {"track", cell.track}};
  if (const Plugin* plugin = PluginOf(Rule::kKind, name)) {
    result.rule["origin"] = "plugin";
    result.rule["plugin"] = {{"file", plugin->file}, {"sha256", plugin->sha256}};
  }
  if (cell.request.contains(Strategy::kKind)) {
    const StrategyInfo& of = Registry<Strategy>::Get().Find(cell.Name(Strategy::kKind)).info;
    result.strategy = {{"summary", of.summary},
                       {"source", of.source},
                       {"citation", of.citation},
                       {"role", of.role}};
  }
  const Dataset& data = *cell.data;
  result.dataset = {
      {"name", data.name},
      {"origin", data.origin},
      {"fingerprint", data.fingerprint},
      {"classes", data.classes()},
      {"chance", 1.0 / static_cast<double>(data.classes())},
      {"image", {data.shape.channels, data.shape.height, data.shape.width}},
      {"split_sizes",
       {{"train", data.train->count()}, {"validation", 0}, {"test", data.test->count()}}}};
  result.selection =
      cell.tuned.is_null()
          ? nlohmann::json{{"split", nullptr},
                           {"reason", "the last step's weights are tested; nothing is selected"}}
          : nlohmann::json{{"split", "validation"},
                           {"metric", cell.tuned.at("metric")},
                           {"tuned", cell.tuned}};
  const BuildInfo build = ThisBuild();
  result.suite = {{"version", build.version},
                  {"git", {{"commit", build.commit}, {"dirty", build.dirty}}},
                  {"build_type", build.build_type},
                  {"compiler", build.compiler},
                  {"flags", build.flags}};
  const DeviceReport devices = InspectDevices();
  result.env = {{"libtorch", devices.libtorch},
                {"device", device.str()},
                {"device_name", device.is_cuda() ? devices.cuda_name : devices.cpu_model},
                {"threads", devices.threads},
                {"cpu_model", devices.cpu_model},
                {"cpu_capability", devices.cpu_capability},
                {"cpu_count", devices.cpu_count},
                {"os", OperatingSystem()},
                {"variables", VariablesThatMatter()}};
  if (nlohmann::json speed = KnownSpeed(device); !speed.is_null())
    result.env["speed"] = std::move(speed);
  if (device.is_cuda())
    result.env["cuda"] = {{"runtime", devices.cuda_runtime}, {"driver", devices.cuda_driver}};
}

void FinishCost(Session& session, at::Device device) {
  session.TakeTime();
  Cost& cost = session.result.cost;
  const auto learn = cost.wall_s.find("learn");
  const bool learns = session.result.rule.at("locality") != LocalityName(Locality::kNone);
  if (learns && learn != cost.wall_s.end() && learn->second > 0 && cost.samples_seen > 0)
    cost.images_per_s = static_cast<double>(cost.samples_seen) / learn->second;
  cost.peak_host_bytes = std::max(cost.peak_host_bytes.value_or(0), PeakHostMemory());
  cost.peak_device_bytes = PeakDeviceMemory(device);
}

// Runs the task's script, and says how it ended in the session's Result.
void RunScript(const Cell& cell, at::Device device, const EngineOptions& options, Refusal refusal,
               Session& session) {
  Result& result = session.result;
  const auto end = [&](const std::string& state, const std::string& why) {
    result.state = state;
    result.reason = why.substr(0, why.find('\n'));
  };
  try {
    UsePrecision(cell.request.at("precision"), device);
    CellLab lab(cell, device, session, options.results);
    lab.task().Run(lab);
    result.cost.state_bytes = lab.StateBytes();
    if (options.keep_network)
      result.artifacts[kNetworkArtifact] =
          SaveArtifact(options.results, ToSafetensors(lab.KeptNetwork()), "safetensors",
                       "application/octet-stream");
    end("ok", "");
  } catch (const Interrupted&) {
    throw;
  } catch (const Diverged& diverged) {
    end("diverged", diverged.what());
  } catch (const InputError& refused) {
    if (refusal == Refusal::kThrow) throw;
    end("skipped", refused.what());
  } catch (const std::exception& failure) {
    end("failed", failure.what());
  }
}

const std::string kAccuracy = "accuracy.";

// "; withdrawn: why", of a finished cell that counts no more, or "".
std::string Withdrawn(const Result& result) {
  const Note* note = Withdrawal(result);
  return note == nullptr ? "" : "; withdrawn: " + note->text + "; --again runs it anew";
}

bool IsFinished(const Result& result) { return result.state == "ok" || result.state == "diverged"; }

// Writes the Result, but for one of a failure where a finished one stands.
void Save(const Result& result, const std::filesystem::path& folder) {
  if (result.state == "failed") {
    const std::optional<Result> before = FindResult(folder, result.run_id);
    if (before && IsFinished(*before)) return;
  }
  SaveResult(result, folder);
}

}  // namespace

std::string InWords(const CellOutcome& outcome) {
  const Result& result = outcome.result;
  if (result.state != "ok") return result.state + ": " + result.reason;
  const auto headline = result.metrics.find(JudgedBy(result));
  std::string text = "done";
  if (headline != result.metrics.end() && headline->second.value) {
    const std::string split =
        headline->first.rfind(kAccuracy, 0) == 0 ? headline->first.substr(kAccuracy.size()) : "";
    text = split == "test" || split == "validation"
               ? fmt::format("{} accuracy {:.2f} %", split, *headline->second.value * 100)
           : headline->second.unit == "fraction"
               ? fmt::format("{} {:.2f} %", headline->first, *headline->second.value * 100)
               : fmt::format("{} {:.4g}", headline->first, *headline->second.value);
  }
  if (outcome.already_there) return text + "  (finished before" + Withdrawn(result) + ")";
  text += fmt::format("  {}", WordTime(result.cost.wall_s.at("total")));
  if (result.cost.images_per_s) text += fmt::format("  {:.0f} img/s", *result.cost.images_per_s);
  return text + fmt::format("  peak {:.0f} MB",
                            static_cast<double>(result.cost.peak_host_bytes.value_or(0)) / 1e6);
}

std::string Advice(const Result& result) {
  constexpr double kAlike = 1.05;  // independent answers
  const std::string prefix = "unit_diversity.block";
  std::vector<std::string> blocks;
  for (const auto& [name, metric] : result.metrics) {
    if (name.rfind(prefix, 0) == 0 && metric.value && *metric.value > 0 && *metric.value < kAlike)
      blocks.push_back(name.substr(prefix.size()));
  }
  if (blocks.empty()) return "";
  std::vector<std::string> cures;
  const nlohmann::json& params = result.request.at("rule").at("params");
  if (params.contains("competition") && params.at("competition") != "kwta")
    cures.emplace_back("--set rule.competition=kwta (if its Respond competes)");
  const nlohmann::json& network = result.request.at("network");
  if (!network.value("input", "").starts_with("zca")) cures.emplace_back("--set network.input=zca");
  return fmt::format(
      "all units of {} {} became alike (unit diversity 1.0): their answers rise and fall "
      "together.{} See docs/comparison.md.",
      blocks.size() == 1 ? "block" : "blocks", Join(blocks, ", "),
      cures.empty() ? "" : " Try " + Join(cures, ", or ") + ".");
}

std::optional<Result> FinishedResult(const Cell& cell, const EngineOptions& options) {
  if (options.again) return std::nullopt;
  std::optional<Result> found = FindResult(options.results, cell.run_id);
  const bool finished = found && IsFinished(*found);
  const bool kept =
      !options.keep_network || !finished || found->artifacts.count(kNetworkArtifact) > 0;
  const bool profiled = options.profile.empty() || !finished ||
                        std::filesystem::exists(Profile::TablePath(options.profile, cell));
  return finished && kept && profiled ? std::move(found) : std::nullopt;
}

CellOutcome RunCell(const Cell& cell, at::Device device, const EngineOptions& options,
                    Refusal refusal, const std::string& title) {
  const Scratch scratch(options.results, cell.run_id);
  std::optional<Result> finished = FinishedResult(cell, options);
  if (finished && !scratch.Holds()) return {std::move(*finished), true};
  const std::unique_ptr<FileLock> lock = FileLock::Try(scratch.lock);
  if (!lock && !finished) {
    throw CellTaken(fmt::format(
        "another process is running this cell (lock {}). Wait for it, or use another --results "
        "folder.",
        scratch.lock.string()));
  }
  if (!finished) finished = FinishedResult(cell, options);
  if (finished) {  // by a process that was stopped before it had cleared up, or that is about to
    if (lock) scratch.Clear();
    return {std::move(*finished), true};
  }
  std::optional<Profile> profile;
  if (!options.profile.empty()) profile.emplace(options.profile, cell, device);
  ResetPeakMemory();
  CellNoteKeeper note(options.results, cell.run_id, LongTitle(cell));
  ProgressBar bar(title, ProgressBar::OnTerminal());
  const std::time_t written = TimeOf(scratch.checkpoint);
  std::optional<EventLog> log;
  if (!options.log.empty()) log.emplace(options.log, cell);
  Session session({.checkpoint = scratch.checkpoint,
                   .checkpoint_every_s = options.checkpoint_every_s,
                   .device = device,
                   .note = &note,
                   .log = log ? &*log : nullptr,
                   .profile = profile ? &*profile : nullptr,
                   .capture = options.cuda_graphs ? CudaCapture() : Capture()},
                  bar);
  SayResumed(session, title, written);
  DescribeCell(cell, device, session.result);
  RunScript(cell, device, options, refusal, session);
  FinishCost(session, device);
  if (profile) profile->Write();
  session.result.date = InUtc(std::time(nullptr));
  Save(session.result, options.results);
  if (log) log->End(session.result);
  if (session.result.state != "failed") scratch.Clear();
  return {std::move(session.result), false};
}

std::optional<Result> RecordFailure(const Cell& cell, at::Device device,
                                    const EngineOptions& options, const std::string& why,
                                    std::optional<std::int64_t> peak) {
  const Scratch scratch(options.results, cell.run_id);
  const std::unique_ptr<FileLock> lock = FileLock::Try(scratch.lock);
  if (!lock) return std::nullopt;
  if (std::optional<Result> finished = FinishedResult(cell, options)) return finished;
  const bool goes_on = TimeOf(scratch.checkpoint) != 0;
  Result result;
  DescribeCell(cell, device, result);
  result.state = "failed";
  result.reason = why + (goes_on ? "; its checkpoint is kept" : "");
  result.cost.peak_host_bytes = peak;
  result.date = InUtc(std::time(nullptr));
  Save(result, options.results);
  RemoveCellNote(options.results, cell.run_id);
  return result;
}

std::string LongTitle(const Cell& cell) {
  return fmt::format("{}  {}  seed {}", cell.Title(), cell.data->name, cell.seed);
}

std::string JudgedBy(const Result& result) {
  const std::string test = ".test", &headline = result.headline;
  const bool ends = headline.size() > test.size() &&
                    headline.compare(headline.size() - test.size(), test.size(), test) == 0;
  if (!ends || !result.request.contains("tuning")) return headline;
  return headline.substr(0, headline.size() - test.size()) + ".validation";
}

}  // namespace plasticity
