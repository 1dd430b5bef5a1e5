#include "suite/base/utf8.h"

#include <algorithm>
#include <array>

namespace plasticity {

CodePoint DecodeUtf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return {first, 1, false};
  std::uint32_t value = first & (0xFFu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {first, 1, false};
    value = value << 6 | (byte(i) & 0x3Fu);
  }
  constexpr std::array<std::uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kLeast[size] || value > 0x10FFFF || surrogate) return {first, 1, false};
  return {value, size, true};
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const CodePoint point = DecodeUtf8(text);
    if (!point.valid) return false;
    text.remove_prefix(point.size);
  }
  return true;
}

std::string Printable(std::string_view text) {
  const auto plain = [](char c) { return c >= ' ' && c <= '~'; };
  if (std::all_of(text.begin(), text.end(), plain)) return std::string(text);
  std::string clean;
  while (!text.empty()) {
    const CodePoint point = DecodeUtf8(text);
    const bool control = point.value < 0x20 || (point.value >= 0x7F && point.value < 0xA0);
    // Marks that turn the direction of writing could make a line read otherwise than it is.
    const bool turns = (point.value >= 0x202A && point.value <= 0x202E) ||
                       (point.value >= 0x2066 && point.value <= 0x2069);
    if (!point.valid || turns) {
      clean += "?";
    } else if (control) {
      clean += " ";
    } else {
      clean += text.substr(0, point.size);
    }
    text.remove_prefix(point.size);
  }
  return clean;
}

}  // namespace plasticity
