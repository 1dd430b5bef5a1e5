#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <deque>
#include <list>
#include <set>
#include <thread>

#include "suite/base/process.h"
#include "suite/base/store.h"
#include "suite/base/unfinished.h"
#include "suite/engine/device.h"
#include "suite/engine/executors/executor.h"
#include "suite/engine/session.h"

namespace plasticity {
namespace {

using std::filesystem::file_time_type;

// When the cell's Result was written; the least time there is where it has none.
file_time_type Written(const Cell& cell, const EngineOptions& options) {
  std::error_code none;
  return std::filesystem::last_write_time(ResultPath(options.results, cell.run_id), none);
}

// A cell in a process of its own.
struct Worker {
  std::size_t place;
  std::size_t slot;  // which of those that run at a time
  pid_t pid;
  SharedOutput errors;
  file_time_type before;  // when the cell's Result was written before it started
};

// How a worker ended that left no Result.
std::string WhyItEnded(int status, const std::string& errors, std::int64_t peak) {
  std::string line = LastLine(errors);
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    if (signal == SIGKILL) line = "a machine that is out of memory does that";
    return fmt::format("its process was ended by {} at a peak of {:.0f} MB{}",
                       SignalInWords(signal), static_cast<double>(peak) / 1e6,
                       line.empty() ? "" : ": " + line);
  }
  if (line.rfind("error: ", 0) == 0) line = line.substr(7);
  return line.empty() ? fmt::format("its process ended with exit code {}", WEXITSTATUS(status))
                      : line;
}

class Processes final : public Executor {
 public:
  explicit Processes(Crew crew) : crew_(std::move(crew)) {}

  // Workers do not outlive what goes wrong here.
  ~Processes() override {
    for (const Worker& worker : workers_) kill(worker.pid, SIGTERM);
    for (const Worker& worker : workers_) waitpid(worker.pid, nullptr, 0);
  }

  WorkEnd Run(const Work& work, const Said& said) override {
    if (work.device.is_cuda()) gpus_ = Gpus();
    left_.assign(work.places.begin(), work.places.end());
    while (!left_.empty() || !workers_.empty()) {
      if (StopRequested()) {
        Stop();
      } else {
        StartWorkers(work, said);
      }
      if (!Bury(work, said)) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return stopped_ ? WorkEnd::kStopped : WorkEnd::kAll;
  }

 private:
  // Asks the workers to stop, once; not by SIGTERM, which a scheduler may send to them, too: who is
  // asked twice by one signal ends at once.
  void Stop() {
    left_.clear();
    if (stopping_) return;
    stopping_ = stopped_ = true;
    for (const Worker& worker : workers_) kill(worker.pid, SIGINT);
  }

  void StartWorkers(const Work& work, const Said& said) {
    const auto jobs = static_cast<std::size_t>(crew_.jobs);
    if (workers_.size() >= jobs || left_.empty()) return;
    const std::set<std::string> taken = Taken(work);
    for (std::size_t looks = left_.size(); looks > 0 && workers_.size() < jobs; --looks) {
      const std::size_t place = left_.front();
      left_.pop_front();
      const Cell& cell = work.cells[place];
      if (std::optional<Result> finished = FinishedResult(cell, work.options)) {
        said(place, {std::move(*finished), true});
      } else if (taken.count(cell.run_id) > 0) {
        left_.push_back(place);
      } else {
        StartWorker(work, place);
      }
    }
  }

  // The cells that other processes are running. It is the lock that decides; this spares a process
  // that would only wait for it.
  std::set<std::string> Taken(const Work& work) {
    const auto now = std::chrono::steady_clock::now();
    if (now - looked_ > std::chrono::milliseconds(500)) {
      looked_ = now;
      taken_.clear();
      for (const CellNote& note : CellNotes(work.options.results))
        if (IsRunning(note)) taken_.insert(note.run_id);
    }
    return taken_;
  }

  void StartWorker(const Work& work, std::size_t place) {
    std::size_t slot = 0;
    const auto has_slot = [&](const Worker& worker) { return worker.slot == slot; };
    while (std::any_of(workers_.begin(), workers_.end(), has_slot)) ++slot;
    SharedOutput errors;
    Launch launch{.line = crew_.line,
                  .environment = {},
                  .errors = errors.descriptor(),
                  .memory = crew_.memory};
    launch.line.push_back(work.cells[place].run_id);
    if (!gpus_.empty()) launch.environment["CUDA_VISIBLE_DEVICES"] = gpus_[slot % gpus_.size()];
    const file_time_type before = Written(work.cells[place], work.options);
    workers_.push_back({place, slot, StartProgram(launch), std::move(errors), before});
  }

  // Takes up what has ended; false where nothing has.
  bool Bury(const Work& work, const Said& said) {
    bool any = false;
    for (auto worker = workers_.begin(); worker != workers_.end();) {
      int status = 0;
      rusage used = {};
      if (wait4(worker->pid, &status, WNOHANG, &used) != worker->pid) {
        ++worker;
        continue;
      }
      any = true;
      const Worker ended = std::move(*worker);
      worker = workers_.erase(worker);
      Say(work, said, ended, status, std::int64_t{used.ru_maxrss} * 1024);
    }
    return any;
  }

  void Say(const Work& work, const Said& said, const Worker& ended, int status, std::int64_t peak) {
    const Cell& cell = work.cells[ended.place];
    const std::string errors = ended.errors.Text();
    const bool has_result = Written(cell, work.options) != ended.before;
    if (has_result) {
      fmt::print(stderr, "{}", errors);  // "goes on from its checkpoint"
      said(ended.place, {*FindResult(work.options.results, cell.run_id), false});
    } else if (const auto finished = FinishedResult(cell, work.options)) {
      said(ended.place, {*finished, true});  // by another process, meanwhile
    } else if (stopping_ || (WIFEXITED(status) && WEXITSTATUS(status) == kStopped)) {
      stopped_ = true;
      fmt::print("{}  {}\n", work.Title(ended.place), kStoppedInWords);
      std::fflush(stdout);
    } else if (auto failed = RecordFailure(cell, work.device, work.options,
                                           WhyItEnded(status, errors, peak), peak)) {
      said(ended.place, {std::move(*failed), false});
    } else {
      left_.push_back(ended.place);  // another process has taken it up
    }
  }

  Crew crew_;
  std::vector<std::string> gpus_;
  std::deque<std::size_t> left_;
  std::list<Worker> workers_;
  std::set<std::string> taken_;
  std::chrono::steady_clock::time_point looked_;
  bool stopping_ = false;  // the workers were asked to
  bool stopped_ = false;   // one at least did
};

}  // namespace

std::unique_ptr<Executor> MakeProcesses(Crew crew) {
  return std::make_unique<Processes>(std::move(crew));
}

}  // namespace plasticity
