#pragma once

#include <array>
#include <cstdint>

/// Before a function that CUDA kernels call, too.
#ifdef __CUDACC__
#define PLASTICITY_EVERYWHERE __host__ __device__
#else
#define PLASTICITY_EVERYWHERE
#endif

namespace plasticity {

/// 128 random bits, which depend on the key and the position alone: Philox4x32-10 (Salmon et al.
/// 2011, "Parallel random numbers: as easy as 1, 2, 3").
PLASTICITY_EVERYWHERE inline std::array<std::uint32_t, 4> PhiloxBits(std::uint64_t key,
                                                                     std::uint64_t position) {
  std::array<std::uint32_t, 4> counter = {static_cast<std::uint32_t>(position),
                                          static_cast<std::uint32_t>(position >> 32), 0, 0};
  auto key_low = static_cast<std::uint32_t>(key);
  auto key_high = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53u} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * counter[2];
    counter = {
        static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key_low, static_cast<std::uint32_t>(b),
        static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key_high, static_cast<std::uint32_t>(a)};
    key_low += 0x9E3779B9u;
    key_high += 0xBB67AE85u;
  }
  return counter;
}

}  // namespace plasticity
