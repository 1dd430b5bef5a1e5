#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace plasticity {

/// One line on a terminal that shows how far a cell is, redrawn a few times a second; silent when
/// stderr is no terminal.
///  [ 3/10] softhebb   seed 1  learn   ######------  52 %  6,240/12,000 images  410 img/s  ETA 0:14
class ProgressBar {
 public:
  /// `title` stands at the line's beginning: "[ 3/10] softhebb   seed 1".
  explicit ProgressBar(std::string title, bool enabled);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void Show(const std::string& phase, std::int64_t done, std::int64_t total,
            const std::string& unit);
  /// Removes the line.
  void Clear();

  /// Whether bars make sense: stderr is a terminal that can redraw a line.
  static bool OnTerminal();

 private:
  std::string title_;
  bool enabled_;
  bool drawn_ = false;
  std::string phase_;
  std::int64_t phase_start_ = 0;
  std::chrono::steady_clock::time_point phase_begin_;
  std::chrono::steady_clock::time_point last_draw_;
};

/// 75 as "1:15", 3700 as "1:01:40".
std::string ClockTime(double seconds);
/// 75 as "1 min 15 s", 0.5 as "0.5 s".
std::string WordTime(double seconds);

}  // namespace plasticity
