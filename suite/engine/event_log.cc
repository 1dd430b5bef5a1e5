#include "suite/engine/event_log.h"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cmath>

#include "suite/base/error.h"
#include "suite/base/files.h"

namespace plasticity {
EventLog::EventLog(const std::filesystem::path& folder, const Cell& cell)
    : folder_(folder / cell.FileStem()), cell_(cell) {}

void EventLog::Begin(bool resumes, std::int64_t step) {
  std::error_code failed;
  std::filesystem::create_directories(folder_, failed);
  if (failed) CannotWrite(folder_, failed.value());
  const std::filesystem::path path = folder_ / "events.jsonl";
  lines_.open(path, std::ios::app);
  if (!lines_) CannotWrite(path, errno);
  board_ = std::make_unique<TensorBoardFile>(folder_, resumes ? step + 1 : 0);
  step_ = step;
  Line(resumes ? "resume" : "begin",
       {{"run_id", cell_.run_id}, {"title", cell_.Title()}, {"request", cell_.request}});
  if (!resumes) board_->Text("request", 0, "```json\n" + cell_.request.dump(2) + "\n```");
}

void EventLog::Scalar(const std::string& name, std::int64_t step, double value) {
  step_ = step;
  Line("scalar", {{"name", name},
                  {"value", std::isfinite(value) ? nlohmann::json(value) : nlohmann::json()}});
  board_->Scalar(name, step, value);
}

void EventLog::End(const Result& result) {
  for (const auto& [name, metric] : result.metrics) {
    if (metric.value) Scalar("end/" + name, step_, *metric.value);
  }
  Line("end", {{"state", result.state}, {"reason", result.reason}});
}

void EventLog::Stop() { Line("stop", nlohmann::json::object()); }

void EventLog::Line(const std::string& event, const nlohmann::json& rest) {
  const double time =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  nlohmann::json line = {{"event", event}, {"time", time}, {"step", step_}};
  line.update(rest);
  lines_ << line.dump() << "\n" << std::flush;
  if (lost_ || (lines_ && board_->good())) return;
  lost_ = true;
  fmt::print(stderr, "plasticity: warning: cannot write to the log in {}; the run goes on.\n",
             folder_.string());
}

}  // namespace plasticity
