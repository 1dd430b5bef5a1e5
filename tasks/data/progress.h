#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace plasticity {

/// One line on the terminal that counts up; nothing where standard error is no terminal.
class Progress {
 public:
  /// "plasticity: TITLE  1,024 of 60,000 UNIT".
  Progress(std::string title, std::string unit, bool enabled = true);
  /// Clears the line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Shows `done` of `total` (0: not known), at most ten times a second.
  void Show(std::int64_t done, std::int64_t total);

 private:
  std::string title_;
  std::string unit_;
  bool enabled_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace plasticity
