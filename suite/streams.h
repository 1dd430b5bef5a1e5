#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace plasticity {

/// One stream of random numbers (suite/philox.h). The n-th number depends on the key and n alone.
class Stream {
 public:
  /// The stream of this key, at its start.
  explicit Stream(std::uint64_t key) : key_(key) {}

  /// What with a position gives its bits, whatever was drawn before.
  std::uint64_t key() const { return key_; }

  /// The next 32 random bits.
  std::uint32_t Next();
  double Uniform();                          ///< [0, 1), 53 bits
  std::uint64_t Below(std::uint64_t limit);  ///< 0 to limit - 1, without bias
  /// Fills `out` with numbers from low to high.
  void FillUniform(float* out, std::size_t count, double low, double high);
  /// Fills `out` with normal numbers.
  void FillNormal(float* out, std::size_t count, double mean, double stddev);
  /// 0 to count - 1 in random order.
  std::vector<std::int64_t> Permutation(std::int64_t count);
  /// `count` different ones of 0 to all - 1, in random order: as many draws as there are ones.
  std::vector<std::int64_t> Some(std::int64_t count, std::int64_t all);

 private:
  std::uint64_t key_;
  std::uint64_t position_ = 0;
  std::array<std::uint32_t, 4> buffer_{};
  int left_ = 0;
};

/// All randomness of a cell. Each purpose ("weights", "order", "dropout") and index (an epoch, a
/// step) has a stream of its own, so that drawing from one changes no other, and a resumed cell
/// needs no generator state.
class Streams {
 public:
  /// All streams of this seed.
  explicit Streams(std::uint64_t seed) : seed_(seed) {}
  /// The stream of a purpose and an index, at its start.
  Stream For(std::string_view purpose, std::uint64_t index = 0) const;

 private:
  std::uint64_t seed_;
};

}  // namespace plasticity
