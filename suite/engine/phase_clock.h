#pragma once

#include <c10/core/Device.h>
#include <c10/core/Event.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace plasticity {

/// Splits the time of a cell into phases that exclude each other: while one is entered within
/// another, the outer one stands still, and what is in none is "other". On a device that computes
/// behind the host's back the phases are cut by events on its stream, so that they hold the
/// device's time.
class PhaseClock {
 public:
  explicit PhaseClock(at::Device device);

  void Enter(const std::string& phase);
  void Leave();
  /// The innermost that is entered.
  const std::string& phase() const { return open_.back(); }

  /// Seconds by phase since the last call, this moment included; waits for the device.
  std::map<std::string, double> Take();

 private:
  struct Mark {
    std::chrono::steady_clock::time_point host;
    std::optional<c10::Event> device;
  };
  Mark Now() const;
  void Cut();
  void Resolve();

  at::Device device_;
  std::vector<std::string> open_;  // phases, innermost last
  std::map<std::string, double> seconds_;
  std::vector<std::string> spans_;  // spans_[i] lies between marks_[i] and marks_[i + 1]
  std::vector<Mark> marks_;
};

}  // namespace plasticity
