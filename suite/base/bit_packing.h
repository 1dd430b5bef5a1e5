#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace plasticity {

/// The low `bits` bits (0 to 64) of each number, which has no others, one behind the other, least
/// significant first, in base64.
std::string PackBits(const std::vector<std::uint64_t>& numbers, int bits);

/// The inverse; nothing where `text` is not exactly what PackBits writes for `count` numbers.
/// Number: std::uint64_t, or bool for one bit each.
template <typename Number>
std::optional<std::vector<Number>> UnpackBits(const std::string& text, std::size_t count, int bits);

}  // namespace plasticity
