#include "tasks/data/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include "suite/base/text.h"

namespace plasticity {

Progress::Progress(std::string title, std::string unit, bool enabled)
    : title_(std::move(title)),
      unit_(std::move(unit)),
      enabled_(enabled && ::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
}

void Progress::Show(std::int64_t done, std::int64_t total) {
  const auto now = std::chrono::steady_clock::now();
  if (!enabled_ || (shown_ && now - last_ < std::chrono::milliseconds(100))) return;
  shown_ = true;
  last_ = now;
  const std::string of = total > 0 ? " of " + Grouped(total) : "";
  fmt::print(stderr, "\rplasticity: {}  {}{} {}\x1b[K", title_, Grouped(done), of, unit_);
  std::fflush(stderr);
}

}  // namespace plasticity
