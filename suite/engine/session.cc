#include "suite/engine/session.h"

#include <csignal>

namespace plasticity {
namespace {

volatile std::sig_atomic_t stop_requested = 0;

void RequestStop(int signal) {
  stop_requested = 1;
  std::signal(signal, SIG_DFL);  // a second one ends the program at once
}

}  // namespace

void CatchStopSignals() {
  std::signal(SIGINT, &RequestStop);
  std::signal(SIGTERM, &RequestStop);
}

bool StopRequested() { return stop_requested != 0; }

Session::Session(Options options, ProgressBar& bar)
    : options_(std::move(options)), bar_(bar), last_(std::chrono::steady_clock::now()) {}

bool Session::Resume() {
  if (!std::filesystem::exists(options_.checkpoint)) return false;
  const Snapshot snapshot = ReadSnapshot(options_.checkpoint);
  StateLoader loader(snapshot);
  visit_(loader);
  ScopedVisitor own(loader, "session");
  nlohmann::json clock;
  own.Json("wall_s", clock);
  result.cost.wall_s = clock.get<std::map<std::string, double>>();
  own.Value("samples_seen", result.cost.samples_seen);
  own.Value("resumed", result.cost.resumed);
  std::int64_t peak_host_bytes = 0;
  own.Value("peak_host_bytes", peak_host_bytes);
  result.cost.peak_host_bytes = peak_host_bytes;
  ++result.cost.resumed;
  return true;
}

void Session::Checkpoint() {
  const auto now = std::chrono::steady_clock::now();
  const bool due =
      std::chrono::duration<double>(now - last_).count() >= options_.checkpoint_every_s;
  if (!due && !StopRequested()) return;
  {
    const PhaseTimer timer(*this, "checkpoint");
    Snapshot snapshot;
    StateSaver saver(snapshot);
    visit_(saver);
    ScopedVisitor own(saver, "session");
    nlohmann::json clock = result.cost.wall_s;
    own.Json("wall_s", clock);
    own.Value("samples_seen", result.cost.samples_seen);
    own.Value("resumed", result.cost.resumed);
    std::int64_t peak_host_bytes = result.cost.peak_host_bytes.value_or(0);
    own.Value("peak_host_bytes", peak_host_bytes);
    WriteSnapshot(options_.checkpoint, snapshot);
  }
  last_ = std::chrono::steady_clock::now();
  if (StopRequested()) throw Interrupted();
}

Session::PhaseTimer::PhaseTimer(Session& session, std::string phase)
    : session_(session), phase_(std::move(phase)), start_(std::chrono::steady_clock::now()) {}

Session::PhaseTimer::~PhaseTimer() {
  session_.result.cost.wall_s[phase_] +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void Session::Show(const std::string& phase, std::int64_t done, std::int64_t total,
                   const std::string& unit) {
  bar_.Show(phase, done, total, unit);
}

}  // namespace plasticity
