#include "suite/base/slurm.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/process.h"
#include "suite/base/store.h"
#include "suite/base/text.h"
#include "suite/base/unfinished.h"
#include "suite/engine/executors/executor.h"
#include "suite/engine/progress_bar.h"
#include "suite/engine/session.h"

namespace plasticity {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostTasks = 1000;  // of an array, as Slurm has it unless told otherwise

// A word as a shell reads it.
std::string Quoted(const std::string& word) {
  std::string quoted = "'";
  for (const char letter : word) quoted += letter == '\'' ? "'\\''" : std::string(1, letter);
  return quoted + "'";
}

// What each task of an array asks for.
struct Request {
  std::int64_t minutes = 0;
  std::int64_t megabytes = 0;
};

// A task's cells by their places in the plan.
using Chunk = std::vector<std::size_t>;

class Slurm final : public Executor {
 public:
  explicit Slurm(Crew crew) : crew_(std::move(crew)) {}

  WorkEnd Run(const Work& work, const Said& said) override {
    TakeUp(work);
    std::vector<std::size_t> open;
    for (const std::size_t place : work.places) {
      if (std::optional<Result> finished = FinishedResult(work.cells[place], work.options)) {
        said(place, {std::move(*finished), true});
      } else {
        before_[place] = Written(work, place);
        open.push_back(place);
      }
    }
    while (!open.empty()) {
      Submit(work, NotQueued(work, open));
      if (!crew_.wait) return WorkEnd::kElsewhere;
      const std::size_t were = open.size();
      if (!Wait(work, said, open)) return WorkEnd::kStopped;
      if (open.size() == were) throw RunError(NoneRan(were));
    }
    RemoveLogs();
    return WorkEnd::kAll;
  }

 private:
  using Time = std::filesystem::file_time_type;

  static Time Written(const Work& work, std::size_t place) {
    std::error_code none;
    return std::filesystem::last_write_time(
        work.options.results / (work.cells[place].run_id + ".json"), none);
  }

  // Finds what an earlier call has submitted that still waits or runs.
  void TakeUp(const Work& work) {
    const std::vector<SlurmTask> queue = SlurmQueue();
    const auto queued = [&](const SlurmArray& array) {
      return std::any_of(queue.begin(), queue.end(),
                         [&](const SlurmTask& task) { return task.job == array.job; });
    };
    for (const PlanNote& note : PlanNotes(work.options.results)) {
      if (note.name != crew_.plan) continue;
      for (const SlurmArray& array : note.arrays)
        if (queued(array)) arrays_.push_back(array);
    }
  }

  // The run_ids of the cells in tasks that wait or run.
  std::set<std::string> Queued() const {
    std::set<std::string> cells;
    for (const SlurmTask& task : SlurmQueue()) {
      for (const SlurmArray& array : arrays_) {
        for (std::size_t i = 0; i < array.tasks.size(); ++i) {
          if (task.job == array.job && task.task == std::to_string(i))
            cells.insert(array.tasks[i].begin(), array.tasks[i].end());
        }
      }
    }
    return cells;
  }

  std::vector<std::size_t> NotQueued(const Work& work, std::vector<std::size_t> open) const {
    const std::set<std::string> queued = Queued();
    std::erase_if(open,
                  [&](std::size_t place) { return queued.count(work.cells[place].run_id) > 0; });
    return open;
  }

  // Cells in the plan's order, so many together as take the time of a chunk; but never so many that
  // fewer tasks are left than may run at a time.
  std::vector<Chunk> Chunks(const std::vector<std::size_t>& places) const {
    const auto jobs = static_cast<std::size_t>(std::max(1, crew_.jobs));
    const std::size_t most = std::max<std::size_t>(1, places.size() / jobs);
    std::vector<Chunk> chunks;
    double seconds = 0;
    for (const std::size_t place : places) {
      if (chunks.empty() || seconds >= crew_.chunk_s || chunks.back().size() >= most) {
        chunks.emplace_back();
        seconds = 0;
      }
      chunks.back().push_back(place);
      seconds += crew_.estimates[place].seconds;
    }
    return chunks;
  }

  // Twice the estimate and some minutes, since the node may be slower and busy; the memory of the
  // steps that were measured and half as much again, beside that of the process that waits.
  Request RequestFor(const std::vector<Chunk>& chunks) const {
    double seconds = 0, bytes = 0;
    for (const Chunk& chunk : chunks) {
      double sum = 0;
      for (const std::size_t place : chunk) {
        sum += crew_.estimates[place].seconds;
        bytes = std::max(bytes, 1.5 * static_cast<double>(crew_.estimates[place].bytes));
      }
      seconds = std::max(seconds, sum);
    }
    if (crew_.memory > 0) bytes = static_cast<double>(crew_.memory);
    return {.minutes = 10 + static_cast<std::int64_t>(std::ceil(2 * seconds / 60)),
            .megabytes = 500 + 100 * static_cast<std::int64_t>(std::ceil(bytes / 1e8))};
  }

  std::string Script(const Work& work, const std::vector<Chunk>& chunks) const {
    std::string script = "#!/bin/bash\ncells=(\n";
    for (const Chunk& chunk : chunks) script += "  " + Join(RunIds(work, chunk), ",") + "\n";
    script += ")\nexec";
    for (const std::string& word : crew_.line) script += " " + Quoted(word);
    return script + " \"${cells[SLURM_ARRAY_TASK_ID]}\"\n";
  }

  static std::vector<std::string> RunIds(const Work& work, const Chunk& chunk) {
    std::vector<std::string> ids;
    for (const std::size_t place : chunk) ids.push_back(work.cells[place].run_id);
    return ids;
  }

  void Submit(const Work& work, const std::vector<std::size_t>& places) {
    const std::vector<Chunk> chunks = Chunks(places);
    if (chunks.empty()) {
      fmt::print("plasticity: all open cells wait or run in Slurm already\n");
      return;
    }
    gone_.clear();
    const Request request = RequestFor(chunks);
    std::vector<std::string> jobs;
    for (std::size_t first = 0; first < chunks.size(); first += kMostTasks) {
      const std::size_t end = std::min(chunks.size(), first + kMostTasks);
      jobs.push_back(SubmitArray(work,
                                 {chunks.begin() + static_cast<std::ptrdiff_t>(first),
                                  chunks.begin() + static_cast<std::ptrdiff_t>(end)},
                                 request, work.device.is_cuda()));
    }
    double seconds = 0;
    for (const std::size_t place : places) seconds += crew_.estimates[place].seconds;
    const std::size_t at_once = crew_.jobs > 0
                                    ? std::min(chunks.size(), static_cast<std::size_t>(crew_.jobs))
                                    : chunks.size();
    fmt::print(
        "plasticity: {} open cells in {} Slurm tasks ({} at once), {} min and {:.1f} GB each, "
        "about {} in all. Job {}.\n",
        places.size(), chunks.size(), at_once, request.minutes,
        static_cast<double>(request.megabytes) / 1e3,
        WordTime(seconds / static_cast<double>(at_once)), Join(jobs, ", "));
    std::fflush(stdout);
  }

  std::string SubmitArray(const Work& work, const std::vector<Chunk>& chunks,
                          const Request& request, bool gpu) {
    const std::string log = PlanFile(work.options.results, crew_.plan, "-%A_%a.log").string();
    std::vector<std::string> options = {
        "--job-name=" + crew_.plan,
        fmt::format("--array=0-{}{}", chunks.size() - 1,
                    crew_.jobs > 0 ? fmt::format("%{}", crew_.jobs) : ""),
        "--requeue",
        "--signal=B:TERM@90",
        "--open-mode=append",
        "--output=" + log,
        fmt::format("--time={}", request.minutes),
        fmt::format("--mem={}M", request.megabytes),
        fmt::format("--cpus-per-task={}", crew_.threads)};
    if (gpu) options.emplace_back("--gres=gpu:1");
    options.insert(options.end(), crew_.slurm.begin(), crew_.slurm.end());
    SlurmArray array{.job = SubmitToSlurm(options, Script(work, chunks)), .log = log, .tasks = {}};
    for (const Chunk& chunk : chunks) array.tasks.push_back(RunIds(work, chunk));
    arrays_.push_back(array);
    PlanNote note{.name = crew_.plan, .process = ThisProcess(), .cells = {}, .arrays = arrays_};
    for (const std::size_t place : work.places)
      note.cells.push_back({work.cells[place].run_id, LongTitle(work.cells[place])});
    WritePlanNote(work.options.results, note);
    return array.job;
  }

  // Says the cells that end, until all have or no task is left that could; false where the user
  // stopped the waiting. What the folder says is asked for every second, Slurm ever more rarely.
  bool Wait(const Work& work, const Said& said, std::vector<std::size_t>& open) {
    auto asked = Clock::now();
    auto pause = std::chrono::milliseconds(2000);
    for (;;) {
      SayEnded(work, said, open);
      if (open.empty()) return true;
      if (StopRequested()) {
        fmt::print(
            "plasticity: the Slurm job goes on without this command: `plasticity status "
            "{0}` tells of it, `plasticity stop {0}` ends it\n",
            work.options.results.string());
        return false;
      }
      if (Clock::now() - asked > pause) {
        asked = Clock::now();
        pause = std::min(pause * 3 / 2, std::chrono::milliseconds(30'000));
        const std::vector<std::size_t> gone = NotQueued(work, open);
        SayEnded(work, said, open);  // what ended while Slurm was asked
        const std::set<std::size_t> before = std::exchange(gone_, {gone.begin(), gone.end()});
        const auto lost = [&](std::size_t place) {
          return gone_.count(place) > 0 && before.count(place) > 0;
        };
        SayLost(work, said, open, lost);
        if (std::all_of(open.begin(), open.end(), lost)) return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
  }

  void SayEnded(const Work& work, const Said& said, std::vector<std::size_t>& open) {
    std::erase_if(open, [&](std::size_t place) {
      if (Written(work, place) == before_.at(place)) return false;
      said(place, {*FindResult(work.options.results, work.cells[place].run_id), false});
      return true;
    });
  }

  // Of the cells whose tasks are lost, those that had begun have failed; those that had not are
  // left open.
  void SayLost(const Work& work, const Said& said, std::vector<std::size_t>& open,
               const std::function<bool(std::size_t)>& lost) {
    std::map<std::string, CellNote> begun;
    for (const CellNote& note : CellNotes(work.options.results)) begun.emplace(note.run_id, note);
    std::erase_if(open, [&](std::size_t place) {
      const auto note = begun.find(work.cells[place].run_id);
      if (!lost(place) || note == begun.end()) return false;
      const std::string state = SlurmStateOf(note->second.slurm);
      const std::string why = fmt::format("its Slurm task {} ended{}", note->second.slurm,
                                          state.empty() ? "" : " as " + state);
      auto failed = RecordFailure(work.cells[place], work.device, work.options, why, std::nullopt);
      if (failed) said(place, {std::move(*failed), false});
      return failed.has_value();
    });
  }

  // What is left to say of them is in their cells' Results.
  void RemoveLogs() const {
    for (const SlurmArray& array : arrays_) {
      std::error_code none;
      for (std::size_t i = 0; i < array.tasks.size(); ++i)
        std::filesystem::remove(array.LogOf(i), none);
    }
  }

  // Of so many cells. A task that could not even start the program says why in its output.
  std::string NoneRan(std::size_t cells) const {
    std::string why = "its tasks left no output";
    for (const SlurmArray& array : arrays_) {
      for (std::size_t i = 0; i < array.tasks.size(); ++i) {
        std::error_code none;
        if (!std::filesystem::exists(array.LogOf(i), none)) continue;
        const std::string line = LastLine(ReadFile(array.LogOf(i)));
        if (!line.empty()) why = array.LogOf(i).string() + " ends with: " + line;
      }
    }
    return fmt::format("Slurm ran none of {} cells; {}.", cells, why);
  }

  Crew crew_;
  std::vector<SlurmArray> arrays_;
  std::set<std::size_t> gone_;          // open cells that Slurm knew nothing of when last asked: a
                                        // Result may take that long to be seen from here
  std::map<std::size_t, Time> before_;  // when the Results of open cells were written
};

}  // namespace

std::unique_ptr<Executor> MakeSlurm(Crew crew) { return std::make_unique<Slurm>(std::move(crew)); }

}  // namespace plasticity
