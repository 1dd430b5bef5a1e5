// `status` and `stop`: what runs of a folder of Results, by the notes that it leaves there.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/process.h"
#include "suite/base/slurm.h"
#include "suite/base/store.h"
#include "suite/base/text.h"
#include "suite/base/unfinished.h"
#include "suite/base/verb.h"

namespace plasticity {
namespace {

using std::filesystem::path;

void CheckIsFolder(const path& folder) {
  std::error_code none;
  if (std::filesystem::is_directory(folder, none)) return;
  throw InputError(folder.string() + " is no folder of results. `--results` of `plasticity plan` " +
                   "names one; the default is results.");
}

// "3:07", "1:02:07".
std::string ClockText(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

// Tasks of a Slurm array that wait or run, by the run_ids of their cells.
std::map<std::string, SlurmTask> TasksByCell(const std::vector<PlanNote>& plans) {
  std::map<std::string, SlurmTask> by_cell;
  const auto has_arrays = [](const PlanNote& plan) { return !plan.arrays.empty(); };
  if (std::none_of(plans.begin(), plans.end(), has_arrays)) return by_cell;
  for (const SlurmTask& task : SlurmQueue()) {
    for (const PlanNote& plan : plans) {
      for (const SlurmArray& array : plan.arrays) {
        for (std::size_t i = 0; i < array.tasks.size(); ++i) {
          if (task.job != array.job || task.task != std::to_string(i)) continue;
          for (const std::string& run_id : array.tasks[i]) by_cell[run_id] = task;
        }
      }
    }
  }
  return by_cell;
}

// What a task that Slurm no longer knows of said last of a cell; "" where it was in none.
std::string LastWords(const std::vector<PlanNote>& plans, const std::string& run_id) {
  std::string words;
  for (const PlanNote& plan : plans) {
    for (const SlurmArray& array : plan.arrays) {
      for (std::size_t i = 0; i < array.tasks.size(); ++i) {
        if (std::count(array.tasks[i].begin(), array.tasks[i].end(), run_id) == 0) continue;
        std::error_code none;
        const path log = array.LogOf(i);
        words = fmt::format("its Slurm task {}_{} is gone", array.job, i);
        if (!std::filesystem::exists(log, none)) continue;
        if (const std::string line = LastLine(ReadFile(log)); !line.empty()) words += ": " + line;
      }
    }
  }
  return words;
}

// What a folder's cells are at.
class Status {
 public:
  explicit Status(const path& folder)
      : folder_(folder), plans_(PlanNotes(folder)), queued_(TasksByCell(plans_)) {
    for (const CellNote& note : CellNotes(folder)) notes_.emplace(note.run_id, note);
    for (const PlanNote& plan : plans_)
      for (const PlanNote::Asked& cell : plan.cells) titles_.emplace(cell.run_id, cell.title);
    for (const auto& [run_id, note] : notes_) titles_.emplace(run_id, note.title);
    AddResults();
    AddCheckpoints();
    for (const auto& [run_id, title] : titles_) Add(run_id, title);
  }

  void Print() const {
    std::vector<std::string> counts;
    for (const char* state : {"done", "running", "waiting", "failed", "diverged", "skipped"}) {
      const auto found = counts_.find(state);
      const bool always = counts.size() < 4;
      if (found != counts_.end() || always)
        counts.push_back(fmt::format("{} {}", state, found == counts_.end() ? 0 : found->second));
    }
    fmt::print(" {}\n", Join(counts, "   "));
    for (const std::string& line : lines_) fmt::print(" {}\n", line);
  }

 private:
  // Every cell that has a Result is known by its title, too.
  void AddResults() {
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, none)) {
      const std::string run_id = entry.path().stem().string();
      if (entry.path().extension() != ".json" || run_id.size() != 16) continue;
      std::optional<Result> result = FindResult(folder_, run_id);
      if (!result) continue;
      const nlohmann::json& request = result->request;
      titles_.emplace(run_id, fmt::format("{}  {}  seed {}", TitleOf(request),
                                          request.at("data").at("name").get<std::string>(),
                                          request.at("seed").get<std::int64_t>()));
      states_[run_id] = {result->state, result->reason};
    }
  }

  // A cell that `run` was stopped in is known by its checkpoint alone.
  void AddCheckpoints() {
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(UnfinishedFolder(folder_), none)) {
      if (entry.path().extension() != ".checkpoint") continue;
      const std::string run_id = entry.path().stem().string();
      checkpoints_.insert(run_id);
      titles_.emplace(run_id, "cell " + run_id);
    }
  }

  void Add(const std::string& run_id, const std::string& title) {
    const auto note = notes_.find(run_id);
    const auto state = states_.find(run_id);
    const auto task = queued_.find(run_id);
    if (note != notes_.end() && IsRunning(note->second)) {
      Count("running", title, Progress(note->second));
    } else if (state != states_.end() && (state->second.first == "ok")) {
      ++counts_["done"];
    } else if (task != queued_.end()) {
      Count("waiting", title,
            fmt::format("Slurm task {}_{}: {} ({})", task->second.job, task->second.task,
                        task->second.state, task->second.reason));
    } else if (state != states_.end()) {
      Count(state->second.first, title, state->second.second);
    } else if (note != notes_.end()) {
      Count("waiting", title,
            "its process has ended; the same command goes on from its checkpoint");
    } else {
      const std::string words = LastWords(plans_, run_id);
      const bool stopped = words.empty() && checkpoints_.contains(run_id);
      Count("waiting", title,
            stopped ? "was stopped; the same command goes on from its checkpoint" : words);
    }
  }

  // A cell that there is something to say of has a line.
  void Count(const std::string& state, const std::string& title, const std::string& words) {
    ++counts_[state];
    if (!words.empty()) lines_.push_back(fmt::format("{:<8} {}   {}", state, title, words));
  }

  static std::string Progress(const CellNote& note) {
    std::string text = note.phase;
    if (note.total > 0) {
      text += fmt::format(" {:.0f} %  {}/{} {}",
                          100.0 * static_cast<double>(note.done) / static_cast<double>(note.total),
                          Grouped(note.done), Grouped(note.total), note.unit);
    }
    const std::string where = note.slurm.empty() ? fmt::format("process {}", note.process.pid)
                                                 : "Slurm task " + note.slurm;
    return fmt::format("{}  {}  {} on {}", text, ClockText(note.seconds), where, note.process.host);
  }

  path folder_;
  std::vector<PlanNote> plans_;
  std::map<std::string, SlurmTask> queued_;
  std::map<std::string, CellNote> notes_;
  std::map<std::string, std::string> titles_;
  std::set<std::string> checkpoints_;
  std::map<std::string, std::pair<std::string, std::string>> states_;  // and reasons, of Results
  std::map<std::string, int> counts_;
  std::vector<std::string> lines_;
};

class StatusVerb final : public Verb {
 public:
  std::vector<Option> Options() override { return {{"folder", &folder_, "The folder of results"}}; }
  int Run() override {
    CheckIsFolder(folder_);
    Status(folder_).Print();
    return 0;
  }

 private:
  path folder_ = "results";
};
const bool status =
    AddVerb<StatusVerb>("status", "What of a folder of results is done, runs, waits or has failed");

class StopVerb final : public Verb {
 public:
  std::vector<Option> Options() override { return {{"folder", &folder_, "The folder of results"}}; }
  int Run() override {
    CheckIsFolder(folder_);
    const std::vector<PlanNote> plans = PlanNotes(folder_);
    const std::size_t tasks = StopTasks(plans);
    const std::size_t processes = StopProcesses(plans);
    fmt::print("plasticity: asked to stop: {} process{}, {} Slurm task{}; checkpoints are kept\n",
               processes, processes == 1 ? "" : "es", tasks, tasks == 1 ? "" : "s");
    return 0;
  }

 private:
  // Slurm's tasks; gives how many.
  static std::size_t StopTasks(const std::vector<PlanNote>& plans) {
    std::set<std::string> jobs;
    for (const PlanNote& plan : plans)
      for (const SlurmArray& array : plan.arrays) jobs.insert(array.job);
    if (jobs.empty()) return 0;
    std::size_t tasks = 0;
    std::set<std::string> queued;
    for (const SlurmTask& task : SlurmQueue()) {
      if (jobs.count(task.job) == 0) continue;
      queued.insert(task.job);
      ++tasks;
    }
    if (!queued.empty()) CancelInSlurm({queued.begin(), queued.end()});
    return tasks;
  }

  // Processes of this machine, who pass it on to those that they have started: one that is asked
  // twice would not wait for a checkpoint. Gives how many.
  std::size_t StopProcesses(const std::vector<PlanNote>& plans) const {
    std::size_t asked = 0;
    std::set<std::string> told;  // cells whose plan's process passes it on
    for (const PlanNote& plan : plans) {
      if (!Lives(plan.process)) continue;
      asked += Ask(plan.process);
      for (const PlanNote::Asked& cell : plan.cells) told.insert(cell.run_id);
    }
    for (const CellNote& note : CellNotes(folder_)) {
      if (note.slurm.empty() && told.count(note.run_id) == 0 && Lives(note.process))
        asked += Ask(note.process);
    }
    return asked;
  }

  static std::size_t Ask(const ProcessName& process) {
    return kill(static_cast<pid_t>(process.pid), SIGTERM) == 0 ? 1 : 0;
  }

  path folder_ = "results";
};
const bool stop =
    AddVerb<StopVerb>("stop", "Ask what runs of a folder of results to stop after a checkpoint");

}  // namespace
}  // namespace plasticity
