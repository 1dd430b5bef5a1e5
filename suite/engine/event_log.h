#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "suite/engine/cell.h"
#include "suite/engine/tensorboard.h"

namespace plasticity {

/// What happens in a cell, for who watches it: JSON lines for programs and event files for
/// TensorBoard, in a folder of the cell's own. The Result does not hang on it: where it cannot be
/// written in mid-run, one line says so and the run goes on without.
class EventLog {
 public:
  /// In `folder`/RULE-DATA-seedN-RUN_ID. The cell must outlive it.
  EventLog(const std::filesystem::path& folder, const Cell& cell);

  /// The cell begins; or it goes on from a checkpoint, before which `step` was the last to be
  /// logged. To be called first. Throws as CannotWrite does.
  void Begin(bool resumes, std::int64_t step);
  /// A number after so many steps of the cell's life, all its trainings counted together.
  void Scalar(const std::string& name, std::int64_t step, double value);
  /// The cell ended with this Result, whose metrics are the last numbers.
  void End(const Result& result);
  /// The cell was stopped, and goes on later.
  void Stop();

 private:
  // {event, time, step} and the rest, a line.
  void Line(const std::string& event, const nlohmann::json& rest);

  std::filesystem::path folder_;
  const Cell& cell_;
  std::ofstream lines_;
  std::unique_ptr<TensorBoardFile> board_;
  std::int64_t step_ = 0;  // of the last event
  bool lost_ = false;
};

}  // namespace plasticity
