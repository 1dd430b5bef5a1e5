#include "suite/engine/runner.h"

#include <ATen/ATen.h>
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <ctime>
#include <deque>
#include <numeric>
#include <thread>

#include "suite/base/store.h"
#include "suite/base/error.h"
#include "suite/base/text.h"
#include "suite/engine/device.h"
#include "suite/engine/plugins.h"
#include "suite/engine/progress_bar.h"
#include "suite/engine/version.h"

namespace plasticity {
namespace {

// Another process is running the cell.
class CellTaken : public InputError {
 public:
  using InputError::InputError;
};

// Keeps two processes from running one cell at once; the kernel lets go of it however the process
// ends. Throws CellTaken where another process has it.
class CellLock {
 public:
  explicit CellLock(const std::filesystem::path& path) {
    // More than once, since a process that ends removes the folder.
    for (int tries = 0; file_ < 0 && tries < 10; ++tries) {
      std::filesystem::create_directories(path.parent_path());
      file_ = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
      if (errno != ENOENT) break;
    }
    if (file_ < 0)
      throw InputError(fmt::format("cannot write {}: {}.", path.string(), std::strerror(errno)));
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
      ::close(file_);
      throw CellTaken(
          fmt::format("another process is running this cell (lock {}). Wait for it, or use another "
                      "--results folder.",
                      path.string()));
    }
  }
  ~CellLock() { ::close(file_); }
  CellLock(const CellLock&) = delete;
  CellLock& operator=(const CellLock&) = delete;

 private:
  int file_ = -1;
};

// Removes the cell's checkpoint, its lock, and what a killed process left half-written.
void RemoveScratch(const std::filesystem::path& folder, const std::string& run_id) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.path().filename().string().rfind(run_id, 0) == 0)
      std::filesystem::remove(entry.path(), ignored);
  }
  std::filesystem::remove(folder, ignored);  // only when empty
}

std::string OperatingSystem() {
  utsname names;
  return uname(&names) == 0 ? fmt::format("{} {} {}", names.sysname, names.release, names.machine)
                            : "unknown";
}

// Everything of a Result that is known before the cell runs.
void DescribeCell(const Cell& cell, const CellParts& parts, at::Device device, Result& result) {
  result.run_id = cell.run_id;
  result.request = cell.request;
  const RuleInfo& info = parts.rule_info;
  result.rule = {{"summary", info.summary},
                 {"source", info.source},
                 {"citation", info.citation},
                 {"origin", "builtin"},
                 {"baseline", info.is_baseline},
                 {"role", info.role},
                 {"needs_labels", info.needs_labels},
                 {"locality", LocalityName(info.locality)},
                 {"backward", info.backward},
                 {"weight_transport", info.weight_transport},
                 {"track", cell.track}};
  if (const Plugin* plugin = PluginOf("rule", info.name)) {
    result.rule["origin"] = "plugin";
    result.rule["plugin"] = {{"file", plugin->file}, {"sha256", plugin->sha256}};
  }
  const Dataset& data = *cell.data;
  result.dataset = {
      {"name", data.name},
      {"origin", data.origin},
      {"fingerprint", data.fingerprint},
      {"classes", data.class_names.size()},
      {"chance", 1.0 / static_cast<double>(data.class_names.size())},
      {"image", {data.channels, data.height, data.width}},
      {"split_sizes", {{"train", data.train.count}, {"validation", 0}, {"test", data.test.count}}}};
  const BuildInfo build = ThisBuild();
  result.suite = {{"version", build.version},
                  {"git", {{"commit", build.commit}, {"dirty", build.dirty}}},
                  {"build_type", build.build_type},
                  {"compiler", build.compiler}};
  const DeviceReport devices = InspectDevices();
  result.env = {{"libtorch", devices.libtorch},
                {"device", device.str()},
                {"device_name", device.is_cuda() ? devices.cuda_name : devices.cpu_model},
                {"threads", devices.threads},
                {"cpu_model", devices.cpu_model},
                {"cpu_capability", devices.cpu_capability},
                {"cpu_count", devices.cpu_count},
                {"os", OperatingSystem()}};
  result.cost.flops_forward_per_image = parts.network->forward_flops();
  result.cost.flops_learn_per_image = parts.rule->learn_flops();
}

void FinishCost(const CellParts& parts, at::Device device, Cost& cost) {
  double total = 0;
  for (const auto& [phase, seconds] : cost.wall_s) {
    if (phase != "total") total += seconds;
  }
  cost.wall_s["total"] = total;
  const double learn = cost.wall_s.count("learn") > 0 ? cost.wall_s.at("learn") : 0;
  const bool learns = parts.rule_info.locality != Locality::kNone;
  if (learns && learn > 0 && cost.samples_seen > 0)
    cost.images_per_s = static_cast<double>(cost.samples_seen) / learn;
  cost.peak_host_bytes = std::max(cost.peak_host_bytes, PeakHostMemory());
  cost.peak_device_bytes = PeakDeviceMemory(device);
}

// Whether a plugin's rule was rebuilt since it made `result`.
bool OfAnotherBuild(const Result& result) {
  const Plugin* plugin = PluginOf("rule", result.request.at("rule").at("name"));
  const nlohmann::json made_by = result.rule.value("plugin", nlohmann::json::object());
  return plugin != nullptr && made_by.value("sha256", "") != plugin->sha256;
}

std::string Outcome(const CellOutcome& outcome) {
  const Result& result = outcome.result;
  if (result.state != "ok") return result.state + ": " + result.reason;
  const auto accuracy = result.metrics.find("accuracy.test");
  std::string text = accuracy != result.metrics.end() && accuracy->second.value
                         ? fmt::format("test accuracy {:.2f} %", *accuracy->second.value * 100)
                         : "done";
  if (outcome.already_there) {
    return text + (OfAnotherBuild(result) ? fmt::format("  (finished before, with another build of "
                                                        "the rule; delete {}.json to run it anew)",
                                                        result.run_id)
                                          : "  (finished before)");
  }
  text += fmt::format("  {}", WordTime(result.cost.wall_s.at("total")));
  if (result.cost.images_per_s) text += fmt::format("  {:.0f} img/s", *result.cost.images_per_s);
  return text +
         fmt::format("  peak {:.0f} MB", static_cast<double>(result.cost.peak_host_bytes) / 1e6);
}

}  // namespace

std::optional<Result> FinishedResult(const Cell& cell, const EngineOptions& options) {
  std::optional<Result> found = FindResult(options.results, cell.run_id);
  return found && found->state == "failed" ? std::nullopt : found;
}

CellOutcome RunCell(const Cell& cell, at::Device device, const EngineOptions& options,
                    const std::string& title) {
  if (std::optional<Result> finished = FinishedResult(cell, options))
    return {std::move(*finished), true};
  const std::filesystem::path scratch = options.results / ".unfinished";
  const CellLock lock(scratch / (cell.run_id + ".lock"));
  if (std::optional<Result> finished = FinishedResult(cell, options))
    return {std::move(*finished), true};
  ResetPeakMemory();
  ProgressBar bar(title, ProgressBar::OnTerminal());
  Session session({.checkpoint = scratch / (cell.run_id + ".checkpoint"),
                   .checkpoint_every_s = options.checkpoint_every_s},
                  bar);
  CellParts parts = BuildCell(cell, device);
  Result& result = session.result;
  session.SetState([&](StateVisitor& visitor) {
    ScopedVisitor network(visitor, "network");
    parts.network->Visit(network);
    ScopedVisitor rule(visitor, "rule");
    parts.rule->Visit(rule);
    ScopedVisitor readout(visitor, "readout");
    parts.readout->Visit(readout);
    ScopedVisitor task(visitor, "task");
    parts.task->Visit(task);
  });
  session.Resume();
  DescribeCell(cell, parts, device, result);
  Experiment experiment{parts.rule_info,    *parts.rule, *parts.network, *parts.readout,
                        parts.readout_info, *cell.data,  *parts.streams, session};
  result.state = "ok";
  try {
    parts.task->Run(experiment);
  } catch (const Interrupted&) {
    throw;
  } catch (const Diverged& diverged) {
    result.state = "diverged";
    result.reason = diverged.what();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& failure) {
    result.state = "failed";
    const std::string what = failure.what();
    result.reason = what.substr(0, what.find('\n'));
  }
  FinishCost(parts, device, result.cost);
  result.date = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  SaveResult(result, options.results);
  RemoveScratch(scratch, cell.run_id);
  return {result, false};
}

int RunCells(const std::vector<Cell>& cells, at::Device device, const EngineOptions& options) {
  CatchStopSignals();
  int bad = 0;
  std::size_t longest = 0;
  for (const Cell& cell : cells)
    longest = std::max(longest, cell.request.at("rule").at("name").get<std::string>().size());
  std::deque<std::size_t> left(cells.size());
  std::iota(left.begin(), left.end(), 0);
  std::size_t taken = 0;  // cells in a row that another process was running
  while (!left.empty()) {
    const std::size_t i = left.front();
    left.pop_front();
    const std::string width = std::to_string(std::to_string(cells.size()).size());
    const std::string title = fmt::format(
        fmt::runtime(" [{:>" + width + "}/{}] {:<{}}  seed {}"), i + 1, cells.size(),
        cells[i].request.at("rule").at("name").get<std::string>(), longest, cells[i].seed);
    try {
      if (StopRequested()) throw Interrupted();
      const CellOutcome outcome = RunCell(cells[i], device, options, title);
      taken = 0;
      if (outcome.result.state != "ok") ++bad;
      fmt::print("{}  {}\n", title, Outcome(outcome));
    } catch (const CellTaken&) {
      if (cells.size() == 1) throw;
      left.push_back(i);
      if (++taken >= left.size()) std::this_thread::sleep_for(std::chrono::milliseconds(500));
    } catch (const Interrupted&) {
      fmt::print("{}  stopped; a checkpoint is kept, and the same command goes on from there\n",
                 title);
      return 130;
    }
    std::fflush(stdout);
  }
  if (bad > 0)
    fmt::print(stderr, "{} of {} cells did not end well; see above.\n", bad, cells.size());
  return bad > 0 ? 3 : 0;
}

double EstimateSeconds(const Cell& cell, at::Device device) {
  CellParts parts = BuildCell(cell, device);
  const Task::Work work = parts.task->Estimate(*cell.data);
  const auto seconds = [](const std::function<void()>& call) {
    const auto start = std::chrono::steady_clock::now();
    call();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const auto classes = static_cast<std::int64_t>(cell.data->class_names.size());
  const std::int64_t size = parts.rule->batch_size();
  const at::TensorOptions on_device = at::TensorOptions().device(device);
  Batch batch;
  batch.images =
      at::rand({size, cell.data->channels, cell.data->height, cell.data->width}, on_device)
          .contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor labels = at::arange(size, on_device.dtype(at::kLong)).remainder(classes);
  if (parts.rule_info.needs_labels) batch.labels = labels;
  batch.features_wanted = parts.readout_info.online;
  const Progress progress{.step = 0,
                          .steps = std::max<std::int64_t>(1, work.learning_images / size)};
  double step = 0, forward = 0;
  for (int repeat = 0; repeat < 3; ++repeat) {  // the first one warms up
    step = seconds([&] { parts.rule->Step(batch, progress); });
    forward = seconds([&] { parts.rule->Features(batch.images); });
  }
  const auto images = static_cast<double>(size);
  double total = static_cast<double>(work.learning_images) * step / images +
                 static_cast<double>(work.forward_images) * forward / images;
  if (parts.readout_info.fine_tunes) {
    ProgressBar silent("", false);
    Session session({.checkpoint = "", .checkpoint_every_s = 1e9}, silent);
    const LabelledImages probe{.count = size, .batch = [&](const std::int64_t*, std::int64_t n) {
                                 return std::pair(batch.images.slice(0, 0, n),
                                                  labels.slice(0, 0, n));
                               }};
    total += seconds([&] { parts.readout->FineTune(probe, session); }) *
             static_cast<double>(work.readout_images) / images;
  } else if (!parts.readout_info.online) {
    constexpr std::int64_t kProbe = 256;
    ProgressBar silent("", false);
    Session session({.checkpoint = "", .checkpoint_every_s = 1e9}, silent);
    const LabelledFeatures probe{
        at::rand({kProbe, parts.rule->FeatureCount(cell.data->image_bytes())}, on_device),
        at::arange(kProbe, on_device.dtype(at::kLong)).remainder(classes)};
    total += seconds([&] { parts.readout->Fit(probe, session); }) *
             static_cast<double>(work.readout_images) / kProbe;
  }
  return total;
}

}  // namespace plasticity
