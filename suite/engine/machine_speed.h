#pragma once

#include <c10/core/Device.h>

#include <nlohmann/json.hpp>
#include <optional>

namespace plasticity {

/// What a device attains with the threads that this process has. A multiplication and an addition
/// are two operations; Result's "env" has it as JSON under "speed".
struct MachineSpeed {
  double product_flops = 0;      ///< of a float32 product 2048 x 2048 x 2048, smaller where slow
  double bfloat16_flops = 0;     ///< of the same in bfloat16
  double convolution_flops = 0;  ///< of a float32 3x3 convolution, 128 to 128 channels at 16x16
  double copy_bytes_per_s = 0;   ///< read and written, of 256 MiB
};

/// Takes `seconds` in all, and more on a slow machine: each is done at least three times, and the
/// fastest counts.
MachineSpeed MeasureSpeed(at::Device device, double seconds);

/// As in a Result.
nlohmann::json ToJson(const MachineSpeed& speed);

/// Keeps what was measured in the cache, for this kind of machine and number of threads.
void KeepSpeed(at::Device device, const MachineSpeed& speed);

/// What was kept for this kind of machine and number of threads, as JSON; null where nothing was:
/// `doctor` measures.
nlohmann::json KnownSpeed(at::Device device);

/// That, or what is measured now, in five seconds, and kept where there is a cache.
nlohmann::json SpeedOf(at::Device device);

}  // namespace plasticity
