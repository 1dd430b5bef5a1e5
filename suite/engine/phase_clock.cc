#include "suite/engine/phase_clock.h"

#include <c10/core/impl/VirtualGuardImpl.h>

#include <utility>

namespace plasticity {

PhaseClock::PhaseClock(at::Device device) : device_(device), open_{"other"} {
  marks_.push_back(Now());
}

PhaseClock::Mark PhaseClock::Now() const {
  Mark mark{.host = std::chrono::steady_clock::now(), .device = std::nullopt};
  if (!device_.is_cpu()) {
    mark.device.emplace(device_.type(), c10::EventFlag::BACKEND_DEFAULT);
    mark.device->record(c10::impl::VirtualGuardImpl(device_.type()).getStream(device_));
  }
  return mark;
}

void PhaseClock::Enter(const std::string& phase) {
  Cut();
  open_.push_back(phase);
}

void PhaseClock::Leave() {
  Cut();
  open_.pop_back();
}

// Ends the span of the phase that is open. A device's marks are read in bulk, seldom.
void PhaseClock::Cut() {
  constexpr std::size_t kUnread = 512;
  spans_.push_back(open_.back());
  marks_.push_back(Now());
  if (device_.is_cpu() || spans_.size() >= kUnread) Resolve();
}

void PhaseClock::Resolve() {
  if (marks_.back().device) marks_.back().device->synchronize();
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    const Mark& from = marks_[i];
    const Mark& to = marks_[i + 1];
    seconds_[spans_[i]] += from.device ? from.device->elapsedTime(*to.device) / 1000
                                       : std::chrono::duration<double>(to.host - from.host).count();
  }
  spans_.clear();
  marks_.erase(marks_.begin(), marks_.end() - 1);
}

std::map<std::string, double> PhaseClock::Take() {
  Cut();
  Resolve();
  return std::exchange(seconds_, {});
}

}  // namespace plasticity
