#include "suite/engine/session.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>

#include "suite/base/stop_signals.h"
#include "suite/engine/profile.h"

namespace plasticity {
namespace {

volatile std::sig_atomic_t stop_requested = 0;

void RequestStop(int signal) {
  stop_requested = 1;
  std::signal(signal, SIG_DFL);  // a second one ends the program at once
}

// For tests: PLASTICITY_KILL_AFTER=N ends the process by SIGKILL right after its N-th checkpoint.
void DieWhenAsked() {
  static const char* const asked = std::getenv("PLASTICITY_KILL_AFTER");
  static long left = asked == nullptr ? -1 : std::atol(asked);
  if (left > 0 && --left == 0) std::raise(SIGKILL);
}

}  // namespace

void CatchStopSignals() {
  for (const int signal : kStopSignals) {  // but those that nohup, say, has it ignore
    if (std::signal(signal, &RequestStop) == SIG_IGN) std::signal(signal, SIG_IGN);
  }
  HoldStopSignals(false);
}

bool StopRequested() { return stop_requested != 0; }

Session::Session(Options options, ProgressBar& bar)
    : options_(std::move(options)),
      bar_(bar),
      clock_(options_.device),
      taken_(std::chrono::steady_clock::now()),
      written_(taken_) {
  const bool resumes = !options_.checkpoint.empty() && std::filesystem::exists(options_.checkpoint);
  if (resumes) resumed_ = ReadSnapshot(options_.checkpoint);
  Keep("session", [this](StateVisitor& visitor) { VisitOwn(visitor); });
  if (resumes) ++result.cost.resumed;
  if (options_.log != nullptr) options_.log->Begin(resumes, logged_);
}

void Session::VisitOwn(StateVisitor& visitor) {
  nlohmann::json clock = result.cost.wall_s;
  visitor.Json("wall_s", clock);
  result.cost.wall_s = clock.get<std::map<std::string, double>>();
  visitor.Value("samples_seen", result.cost.samples_seen);
  visitor.Value("resumed", result.cost.resumed);
  std::int64_t peak = result.cost.peak_host_bytes.value_or(0);
  visitor.Value("peak_host_bytes", peak);
  result.cost.peak_host_bytes = peak;
  visitor.Value("logged", logged_);
  visitor.Json("done", done_);
  nlohmann::json records = nlohmann::json::object();
  for (const auto& [name, record] : result.records)
    records[name] = {record.axes, record.unit, record.values.ToJson()};
  visitor.Json("records", records);
  for (const auto& [name, record] : records.items())
    result.records[name] = {record[0], record[1], record[2]};
}

void Session::Keep(const std::string& name, std::function<void(StateVisitor&)> visit) {
  if (resumed_.Has(name + ".")) {
    StateLoader loader(resumed_, options_.device);
    ScopedVisitor scoped(loader, name);
    visit(scoped);
    resumed_.Drop(name + ".");
  }
  kept_.emplace_back(name, std::move(visit));
}

nlohmann::json Session::Once(const std::string& stage,
                             const std::function<nlohmann::json()>& work) {
  if (!done_.contains(stage)) {
    nlohmann::json returned = work();
    done_[stage] = std::move(returned);
  }
  return done_[stage];
}

void Session::Checkpoint() {
  const bool due =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - written_).count() >=
      options_.checkpoint_every_s;
  if (!due && !StopRequested()) return;
  if (!options_.checkpoint.empty()) {
    const Phase phase(*this, "checkpoint");
    TakeTime();
    Snapshot snapshot;
    StateSaver saver(snapshot);
    for (const auto& [name, visit] : kept_) {
      ScopedVisitor scoped(saver, name);
      visit(scoped);
    }
    WriteSnapshot(options_.checkpoint, snapshot);
    DieWhenAsked();
  }
  written_ = std::chrono::steady_clock::now();
  if (!StopRequested() && ++checkpoints_ != options_.stop_after) return;
  if (options_.log != nullptr) options_.log->Stop();
  throw Interrupted();
}

void Session::Enter(const std::string& phase) {
  clock_.Enter(phase);
  if (options_.profile != nullptr) options_.profile->InPhase(phase);
}

void Session::Leave() {
  clock_.Leave();
  if (options_.profile != nullptr) options_.profile->InPhase(clock_.phase());
}

void Session::TakeTime() {
  std::map<std::string, double>& wall = result.cost.wall_s;
  for (const auto& [phase, seconds] : clock_.Take()) {
    wall[phase] += seconds;
    if (options_.profile != nullptr) options_.profile->AddTime(phase, seconds);
  }
  const auto now = std::chrono::steady_clock::now();
  wall["total"] += std::chrono::duration<double>(now - taken_).count();
  taken_ = now;
}

void Session::InPart(std::size_t place, std::size_t parts) {
  part_ = parts > 1 ? fmt::format(" {}/{}", place + 1, parts) : "";
}

void Session::Show(const std::string& phase, std::int64_t done, std::int64_t total,
                   const std::string& unit) {
  bar_.Show(phase + part_, done, total, unit);
  if (options_.note != nullptr) options_.note->Show(phase + part_, done, total, unit);
}

void Session::Log(const std::string& name, std::int64_t step, double value) {
  logged_ = step;
  if (options_.log != nullptr) options_.log->Scalar(name, step, value);
}

}  // namespace plasticity
