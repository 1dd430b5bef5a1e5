#pragma once

#include <ATen/record_function.h>
#include <c10/core/Device.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "suite/engine/cell.h"

namespace plasticity {

/// Where the time of a cell goes: listens to every operator of LibTorch that is called between its
/// construction and its end, and writes a table by phase and operator and a Chrome trace
/// (chrome://tracing, Perfetto). One at a time.
///
/// An operator's time is that of the outermost one, the one that our code called. Its FLOPs are
/// those of the products and convolutions within it, a multiplication and an addition being two,
/// counted as if nothing were 0; its bytes are those of the tensors that it takes and gives, none
/// for a view. Its share of the roofline is the time that these would take at the machine's speed
/// (MachineSpeed: the product's FLOP/s and the copy's bytes/s, whichever takes longer; Williams et
/// al. 2009) over the time taken: above 1 where data lay in a cache. A device that computes behind
/// the host's back is waited for after each operator.
class Profile {
 public:
  /// Measures the machine's speed where it isn't known yet (MachineSpeed, 5 s). Throws as
  /// CannotWrite does where `folder` cannot be made.
  Profile(const std::filesystem::path& folder, const Cell& cell, at::Device device);
  ~Profile();
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;

  /// The table of a cell, FOLDER/NAME.profile.md; the trace lies beside it, as NAME.trace.json.
  static std::filesystem::path TablePath(const std::filesystem::path& folder, const Cell& cell);

  /// What is called from now on belongs to `phase`.
  void InPhase(const std::string& phase);

  /// So many seconds more were spent in `phase`, whether in operators or outside.
  void AddTime(const std::string& phase, double seconds) { seconds_[phase] += seconds; }

  /// Writes both files. Throws as WriteFileAtomically does.
  void Write();

 private:
  struct Total {
    std::int64_t calls = 0;
    double seconds = 0;
    double flops = 0;
    double bytes = 0;
    double least_seconds = 0;  // at the machine's speed
  };
  struct Span;
  static std::unique_ptr<at::ObserverContext> Begin(const at::RecordFunction& call);
  static void End(const at::RecordFunction& call, at::ObserverContext* context);

  void Add(const Span& span, std::chrono::steady_clock::time_point end);
  // One line of the trace. What is kept of the many is one block of memory, and their few names one
  // each: small pieces between tensors would keep the memory of each step from the next.
  struct Event {
    const std::string* name;
    const std::string* phase;
    const std::string* shapes;  // or null: a phase, not an operator
    std::chrono::steady_clock::time_point begin, end;
    double flops, bytes;
  };
  const std::string* Kept(const std::string& text) { return &*texts_.insert(text).first; }
  bool Traces(const std::string& phase);
  nlohmann::json TraceJson() const;
  std::string Table() const;

  std::filesystem::path table_path_;
  std::filesystem::path trace_path_;
  std::string title_;
  at::Device device_;
  nlohmann::json speed_;
  double flops_per_s_;
  double bytes_per_s_;
  at::CallbackHandle handle_;

  std::mutex mutex_;  // of what follows: a device's gradients are computed by a thread of their own
  std::chrono::steady_clock::time_point begin_;
  std::chrono::steady_clock::time_point phase_begin_;
  std::string phase_ = "other";
  std::map<std::string, double> seconds_;                       // by phase
  std::map<std::string, std::map<std::string, Total>> totals_;  // by phase and operator
  std::map<std::string, std::size_t> traced_;                   // events of the trace, by phase
  std::vector<Event> events_;
  std::set<std::string> texts_;  // of events
};

}  // namespace plasticity
