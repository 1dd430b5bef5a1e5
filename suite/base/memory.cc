#include "suite/base/memory.h"

#include <fmt/format.h>
#include <unistd.h>

#include "suite/base/error.h"

namespace plasticity {

std::optional<std::int64_t> TensorBytes(const std::vector<std::int64_t>& shape, std::int64_t each) {
  std::int64_t bytes = each;
  for (const std::int64_t size : shape) {
    if (size < 0 || __builtin_mul_overflow(bytes, size, &bytes)) return std::nullopt;
  }
  return bytes;
}

void CheckMemory(double bytes, const std::string& what) {
  const double memory =
      static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  if (bytes <= memory) return;
  throw InputError(fmt::format("{} would take {:.3g} GB, and this machine has {:.3g} GB of memory.",
                               what, bytes / 1e9, memory / 1e9));
}

}  // namespace plasticity
