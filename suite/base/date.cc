#include "suite/base/date.h"

#include <fmt/chrono.h>

namespace plasticity {

std::string InUtc(std::time_t time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(time));
}

}  // namespace plasticity
