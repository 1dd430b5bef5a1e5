#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plasticity {

/// Whole numbers of a few bits each, one behind the other, least significant bit first.
class PackedNumbers {
 public:
  PackedNumbers() = default;  ///< none
  /// The low `bits` bits (0 to 64) of each number, which has no others.
  PackedNumbers(const std::vector<std::uint64_t>& numbers, int bits);
  /// The inverse of ToBase64; nothing where `text` is not exactly what that writes for `count`
  /// numbers.
  static std::optional<PackedNumbers> FromBase64(std::string_view text, std::size_t count,
                                                 int bits);

  std::size_t size() const { return count_; }  ///< how many
  std::uint64_t operator[](std::size_t i) const;
  std::size_t ones() const;  ///< how many bits are set, of all numbers
  std::string ToBase64() const;

  friend bool operator==(const PackedNumbers&, const PackedNumbers&) = default;
  friend auto operator<=>(const PackedNumbers&, const PackedNumbers&) = default;

 private:
  PackedNumbers(std::size_t count, int bits);

  std::size_t count_ = 0;
  int bits_ = 0;
  std::string bytes_;  // and as many as it takes to read a number's bits as one word
};

}  // namespace plasticity
