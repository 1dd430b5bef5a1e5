#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace plasticity {

/// A character of a text, or a byte that is none.
struct CodePoint {
  std::uint32_t value = 0;  ///< the code point, or the byte
  std::size_t size = 1;     ///< bytes that it takes
  bool valid = false;       ///< whether it is a character
};

/// The code point that starts `text`, which is not empty.
CodePoint DecodeUtf8(std::string_view text);

/// Whether all of `text` is UTF-8.
bool IsUtf8(std::string_view text);

/// `text` with control characters and broken UTF-8 replaced, so that it cannot disturb a terminal.
std::string Printable(std::string_view text);

}  // namespace plasticity
