#include "suite/streams.h"

#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "suite/philox.h"

namespace plasticity {
namespace {

// A bijective mixer of 64 bits (SplitMix64's finaliser, Steele et al. 2014).
std::uint64_t Mix(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15u;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
  return value ^ (value >> 31);
}

}  // namespace

std::uint32_t Stream::Next() {
  if (left_ == 0) {
    buffer_ = PhiloxBits(key_, position_++);
    left_ = 4;
  }
  return buffer_[static_cast<std::size_t>(4 - left_--)];
}

double Stream::Uniform() {
  const std::uint64_t high = Next() >> 5;
  const std::uint64_t low = Next() >> 6;
  return static_cast<double>(high * 67108864u + low) / 9007199254740992.0;
}

std::uint64_t Stream::Below(std::uint64_t limit) {
  const std::uint64_t excess =
      (0 - limit) % limit;  // 2^64 mod limit: draws below it would bias the remainder
  while (true) {
    const std::uint64_t high = Next();
    const std::uint64_t draw = (high << 32) | Next();
    if (draw >= excess) return draw % limit;
  }
}

void Stream::FillUniform(float* out, std::size_t count, double low, double high) {
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = static_cast<float>(low + (high - low) * (Next() >> 8) / 16777216.0);
  }
}

void Stream::FillNormal(float* out, std::size_t count, double mean, double stddev) {
  for (std::size_t i = 0; i < count; i += 2) {  // Box-Muller
    const double radius = stddev * std::sqrt(-2.0 * std::log((Next() + 1.0) / 4294967296.0));
    const double angle = 2.0 * std::numbers::pi * Next() / 4294967296.0;
    out[i] = static_cast<float>(mean + radius * std::cos(angle));
    if (i + 1 < count) out[i + 1] = static_cast<float>(mean + radius * std::sin(angle));
  }
}

std::vector<std::int64_t> Stream::Permutation(std::int64_t count) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[Below(i)]);
  return order;
}

std::vector<std::int64_t> Stream::Some(std::int64_t count, std::int64_t all) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(all));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
    std::swap(order[i], order[i + Below(order.size() - i)]);
  order.resize(static_cast<std::size_t>(count));
  return order;
}

Stream Streams::For(std::string_view purpose, std::uint64_t index) const {
  std::uint64_t name = 0xCBF29CE484222325u;  // FNV-1a
  for (const char character : purpose)
    name = (name ^ static_cast<unsigned char>(character)) * 0x100000001B3u;
  return Stream(Mix(Mix(Mix(seed_) ^ name) ^ index));
}

}  // namespace plasticity
