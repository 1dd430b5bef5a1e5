#include "suite/engine/progress_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "suite/base/text.h"

namespace plasticity {

ProgressBar::ProgressBar(std::string title, bool enabled)
    : title_(std::move(title)), enabled_(enabled) {}

ProgressBar::~ProgressBar() { Clear(); }

bool ProgressBar::OnTerminal() {
  const char* kind = std::getenv("TERM");
  return isatty(STDERR_FILENO) != 0 && kind != nullptr && std::strcmp(kind, "dumb") != 0;
}

void ProgressBar::Show(const std::string& phase, std::int64_t done, std::int64_t total,
                       const std::string& unit) {
  if (!enabled_) return;
  const auto now = std::chrono::steady_clock::now();
  if (phase != phase_ || done < phase_start_) {
    phase_ = phase;
    phase_start_ = done;
    phase_begin_ = now;
  } else if (now - last_draw_ < std::chrono::milliseconds(200) && done < total) {
    return;
  }
  last_draw_ = now;
  const double share = total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 1;
  constexpr int kCells = 12;
  const int full = static_cast<int>(share * kCells);
  std::string line = fmt::format("{}  {:<8} {}{} {:3.0f} %  {}/{} {}", title_, phase,
                                 std::string(full, '#'), std::string(kCells - full, '-'),
                                 share * 100, Grouped(done), Grouped(total), unit);
  const double seconds = std::chrono::duration<double>(now - phase_begin_).count();
  if (done > phase_start_ && seconds > 0.5) {
    const double rate = static_cast<double>(done - phase_start_) / seconds;
    if (unit == "images") line += fmt::format("  {:.0f} img/s", rate);
    line += "  ETA " + ClockTime(static_cast<double>(total - done) / rate);
  }
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressBar::Clear() {
  if (!drawn_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

std::string ClockTime(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string WordTime(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

}  // namespace plasticity
