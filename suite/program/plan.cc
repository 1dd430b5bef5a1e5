#include "suite/program/plan.h"

#include <ATen/Parallel.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <numeric>
#include <set>
#include <sstream>

#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/process.h"
#include "suite/base/slurm.h"
#include "suite/base/text.h"
#include "suite/base/unfinished.h"
#include "suite/engine/device.h"
#include "suite/engine/estimate.h"
#include "suite/engine/executors/executor.h"
#include "suite/engine/plan.h"
#include "suite/engine/progress_bar.h"
#include "suite/engine/runner.h"
#include "suite/engine/session.h"

namespace plasticity {
namespace {

const std::string kHere = "here", kProcesses = "processes", kSlurm = "slurm";

// Which executor is asked for. Throws InputError for options that are another's.
std::string ExecutorOf(const PlanCommand& command) {
  const std::vector<std::string> known = {kHere, kProcesses, kSlurm};
  std::string name = !command.executor.empty() ? command.executor
                     : command.jobs > 0        ? kProcesses
                                               : kHere;
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    throw InputError(fmt::format("no engine '{}'.{} There are {}.", name, NearestHint(name, known),
                                 Join(known, ", ")));
  }
  if (name == kHere && command.jobs > 0)
    throw InputError("--jobs is for --engine processes and --engine slurm, not here.");
  if (name == kHere && !command.memory.empty())
    throw InputError("--memory is for cells that have a process of their own: --jobs 1, or more.");
  if (name != kSlurm && !command.slurm.empty()) throw InputError("--slurm is for --engine slurm.");
  return name;
}

// "24G" in bytes; 0 for "". Throws InputError.
std::int64_t ParseMemory(const std::string& text) {
  if (text.empty()) return 0;
  const std::size_t digits = text.find_first_not_of("0123456789");
  const std::size_t unit = std::string("KMGT").find(text.back());
  if (digits == 0 || digits > 6 || digits + 1 != text.size() || unit == std::string::npos ||
      std::stoll(text) == 0)
    throw InputError("--memory " + text + " is not of the form 24G or 512M.");
  return std::stoll(text) << (10 * (unit + 1));
}

// The places in the plan of the cells that --only names. Throws InputError.
std::vector<std::size_t> PlacesOf(const Plan& plan, const std::string& only) {
  std::vector<std::size_t> places;
  if (only.empty()) {
    places.resize(plan.cells.size());
    std::iota(places.begin(), places.end(), 0);
    return places;
  }
  std::istringstream names(only);
  for (std::string name; std::getline(names, name, ',');) {
    const auto found = std::find_if(plan.cells.begin(), plan.cells.end(),
                                    [&](const Cell& cell) { return cell.run_id == name; });
    if (found == plan.cells.end()) {
      throw InputError(
          fmt::format("--only {}: plan {} has no such cell. `--dry-run` shows their run_ids.", name,
                      plan.name));
    }
    places.push_back(static_cast<std::size_t>(found - plan.cells.begin()));
  }
  return places;
}

// "36 cells", "36 cells, 4 of them skipped".
std::string CellsInWords(const std::vector<Estimate>& estimates) {
  const auto skipped =
      std::count_if(estimates.begin(), estimates.end(),
                    [](const Estimate& estimate) { return !estimate.refusal.empty(); });
  return fmt::format("{} cells{}", estimates.size(),
                     skipped > 0 ? fmt::format(", {} of them skipped", skipped) : "");
}

// The command that reads this plan with these options, wherever it is started.
std::vector<std::string> LineOf(const PlanCommand& command, at::Device device, int threads) {
  const EngineOptions& engine = command.engine;
  std::vector<std::string> line = {ThisProgram(),
                                   "plan",
                                   command.file.string(),
                                   "--results",
                                   engine.results.string(),
                                   "--device",
                                   DeviceType(device),
                                   "--threads",
                                   std::to_string(threads),
                                   "--data-memory",
                                   std::to_string(engine.data_memory),
                                   "--checkpoint-every",
                                   fmt::format("{}", engine.checkpoint_every_s)};
  const auto add = [&](const std::vector<std::string>& more) {
    line.insert(line.end(), more.begin(), more.end());
  };
  if (engine.cuda_graphs) add({"--cuda-graphs"});
  if (engine.again) add({"--again"});
  if (engine.keep_network) add({"--keep-network"});
  if (!engine.log.empty()) add({"--log", engine.log.string()});
  if (!engine.profile.empty()) add({"--profile", engine.profile.string()});
  if (!command.data.empty()) add({"--data", command.data});
  for (const std::filesystem::path& plugin : command.plugins) add({"--plugin", plugin.string()});
  return line;
}

// What cells are likely to take; those that differ only by their seed the same, finished ones
// nothing. Throws Interrupted.
std::vector<Estimate> EstimateCells(const Plan& plan, const std::vector<std::size_t>& places,
                                    at::Device device, const EngineOptions& options) {
  std::vector<Estimate> estimates(plan.cells.size());
  std::map<std::string, Estimate> known;
  for (const std::size_t place : places) {
    const Cell& cell = plan.cells[place];
    nlohmann::json key = cell.request;
    key.erase("seed");
    const auto found = known.find(key.dump());
    if (found != known.end()) {
      estimates[place] = found->second;
    } else if (!FinishedResult(cell, options)) {
      try {
        ResetPeakMemory();
        estimates[place].seconds = EstimateSeconds(cell, device);
        estimates[place].bytes = PeakHostMemory();
      } catch (const InputError& error) {
        estimates[place] = {.refusal = error.what()};
      }
      known[key.dump()] = estimates[place];
    }
  }
  return estimates;
}

// How long they take, so many at a time.
double InAll(const std::vector<Estimate>& estimates, int jobs) {
  double sum = 0, longest = 0;
  for (const Estimate& estimate : estimates) {
    sum += estimate.seconds;
    longest = std::max(longest, estimate.seconds);
  }
  return std::max(longest, sum / std::max(1, jobs));
}

void ListCells(const Plan& plan, const std::vector<std::size_t>& places,
               const std::vector<Estimate>& estimates) {
  for (const std::size_t place : places) {
    const Cell& cell = plan.cells[place];
    fmt::print("  {:<16} seed {:<3} {:<14} {:<18} {:<8} {}  {}\n", cell.Title(), cell.seed,
               cell.data->name,
               fmt::format("{} x {}", PartName(cell.request, "network"),
                           cell.request.at("network").at("width").dump()),
               cell.request.at("readout").at("name").get<std::string>(), cell.run_id,
               estimates[place].refusal.empty() ? WordTime(estimates[place].seconds)
                                                : "skipped: " + estimates[place].refusal);
  }
}

PlanNote NoteOf(const Plan& plan, const std::vector<std::size_t>& places) {
  PlanNote note{.name = plan.name, .process = ThisProcess(), .cells = {}, .arrays = {}};
  for (const std::size_t place : places)
    note.cells.push_back({plan.cells[place].run_id, LongTitle(plan.cells[place])});
  return note;
}

// Has a process that needs neither this one nor its terminal run the plan; its output goes to a
// file.
int Detach(const PlanCommand& command, const Plan& plan, PlanNote note,
           std::vector<std::string> line, const std::string& executor) {
  const std::filesystem::path& results = command.engine.results;
  const auto add = [&](const std::string& option, const std::string& value) {
    line.insert(line.end(), {option, value});
  };
  add("--engine", executor);
  if (command.jobs > 0) add("--jobs", std::to_string(command.jobs));
  if (!command.memory.empty()) add("--memory", command.memory);
  if (!command.only.empty()) add("--only", command.only);
  WritePlanNote(results, note);
  const std::filesystem::path log = PlanFile(results, plan.name, ".log");
  const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) CannotWrite(log, errno);
  const pid_t pid = StartProgram(
      {.line = line, .environment = {}, .output = file, .errors = file, .outlives = true});
  ::close(file);
  note.process = ProcessHere(pid);
  WritePlanNote(results, note);
  fmt::print("plasticity: plan {} runs in the background (process {}, output in {})\n", plan.name,
             pid, log.string());
  fmt::print(" look  plasticity status {0}      stop  plasticity stop {0}\n", results.string());
  return 0;
}

// Cells at a time where nobody said how many: one a GPU, or one a core.
int JobsOf(const PlanCommand& command, at::Device device) {
  if (command.jobs > 0) return command.jobs;
  return device.is_cuda() ? std::max<int>(1, static_cast<int>(Gpus().size()))
                          : at::get_num_threads();
}

std::unique_ptr<Executor> MakeExecutor(const std::string& name, Crew crew) {
  if (name == kProcesses) return MakeProcesses(std::move(crew));
  if (name == kSlurm) return MakeSlurm(std::move(crew));
  return MakeHere();
}

}  // namespace

void SayData(const Dataset& data) {
  const std::string& print = data.fingerprint;
  fmt::print("plasticity: data {} found ({} images{}, fingerprint {}..{}, {}{})\n", data.name,
             Grouped(data.train->count() + data.test->count()),
             data.unlabelled
                 ? fmt::format(" and {} without labels", Grouped(data.unlabelled->count()))
                 : "",
             print.substr(0, 4), print.substr(print.size() - 4), data.origin,
             data.test->Mapped() == nullptr ? ", streamed" : "");
}

int RunPlan(const PlanCommand& command, at::Device device) {
  const std::string executor = ExecutorOf(command);
  Crew crew{.plan = "", .line = {}, .jobs = command.jobs};
  crew.memory = ParseMemory(command.memory);
  crew.chunk_s = command.chunk * 60;
  crew.slurm = command.slurm;
  crew.wait = !command.detach;
  if (executor == kProcesses) {
    crew.jobs = JobsOf(command, device);
    if (command.engine.threads == 0)
      at::set_num_threads(std::max(1, at::get_num_threads() / crew.jobs));
  }
  crew.threads = at::get_num_threads();
  const EngineOptions& options = command.engine;
  const Plan plan = ReadPlan(command.file, command.data, DeviceType(device), options.data_bytes());
  const std::vector<std::size_t> places = PlacesOf(plan, command.only);
  crew.plan = plan.name;
  crew.line = LineOf(command, device, crew.threads);
  const PlanNote note = NoteOf(plan, places);
  if (command.detach && !command.dry_run && executor != kSlurm)
    return Detach(command, plan, note, crew.line, executor);

  // Another process tells of the whole.
  const bool part = !command.only.empty() && !command.dry_run && executor != kSlurm;
  if (!part) {
    std::string last;
    for (const Cell& cell : plan.cells) {
      if (cell.data->name != last) SayData(*cell.data);
      last = cell.data->name;
    }
    try {
      crew.estimates = EstimateCells(plan, places, device, options);
    } catch (const Interrupted&) {
      fmt::print("plasticity: plan {}: stopped before the first cell\n", plan.name);
      return kStopped;
    }
    fmt::print("plasticity: plan {}: {}, about {} on this machine{}\n", plan.name,
               CellsInWords(crew.estimates), WordTime(InAll(crew.estimates, crew.jobs)),
               executor == kProcesses
                   ? fmt::format(", {} at a time with {} thread{} each", crew.jobs, crew.threads,
                                 crew.threads == 1 ? "" : "s")
                   : "");
    std::fflush(stdout);
    if (command.dry_run) {
      ListCells(plan, places, crew.estimates);
      return 0;
    }
    if (executor != kSlurm) WritePlanNote(options.results, note);
  }
  if (executor == kSlurm) {  // a task's cells have a process each, so that one may be killed
    crew.line.insert(crew.line.end(), {"--jobs", "1"});
    if (!command.memory.empty()) crew.line.insert(crew.line.end(), {"--memory", command.memory});
  }
  crew.line.emplace_back("--only");
  const bool waits = crew.wait;
  const Work work{plan.cells, places, device, options, Refusal::kSkip};
  const int status = RunCells(*MakeExecutor(executor, std::move(crew)), work);
  if (part && executor == kProcesses && status == kStopped) RequeueInSlurm();
  if (!part && waits && status != kStopped) RemovePlanNote(options.results, plan.name);
  return status;
}

}  // namespace plasticity
