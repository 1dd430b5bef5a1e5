#pragma once

#include <cmath>
#include <cstdint>

#include "suite/philox.h"

namespace plasticity {

/// The first of the positions in dropout's stream that belong to a row of `count` values.
PLASTICITY_EVERYWHERE inline std::uint64_t DropoutPosition(std::int64_t row, std::int64_t count) {
  return static_cast<std::uint64_t>(row) * static_cast<std::uint64_t>((count + 7) / 8);
}

/// Which 16-bit draws clear a value: those below it, so that it is cleared with probability p.
inline std::uint32_t DropoutThreshold(double p) {
  return static_cast<std::uint32_t>(std::lround(p * 65536));
}

/// The threshold of p = 0.5, where a value costs one random bit and not 16.
inline constexpr std::uint32_t kDropoutOfHalf = 32768;

/// Whether dropout keeps the value in that column of the row whose positions begin at `position`.
PLASTICITY_EVERYWHERE inline bool IsKept(std::uint32_t threshold, std::uint64_t key,
                                         std::uint64_t position, std::int64_t column) {
  const auto c = static_cast<std::uint64_t>(column);
  if (threshold == kDropoutOfHalf)
    return ((PhiloxBits(key, position + c / 128)[c / 32 % 4] >> (c % 32)) & 1u) != 0;
  const std::uint32_t draws = PhiloxBits(key, position + c / 8)[c / 2 % 4];
  return ((draws >> (16 * (c % 2))) & 0xFFFFu) >= threshold;
}

}  // namespace plasticity
