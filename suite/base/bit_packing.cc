#include "suite/base/bit_packing.h"

#include <openssl/evp.h>

#include <bit>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace plasticity {
namespace {

static_assert(std::endian::native == std::endian::little);

// A number is read and written as the word in which its first bit stands and the byte behind that.
constexpr std::size_t kBehind = sizeof(std::uint64_t) + 1;

std::size_t BytesFor(std::size_t count, int bits) {
  return (count * static_cast<std::size_t>(bits) + 7) / 8;
}

std::string Base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // with OpenSSL's closing zero
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

void PutBits(std::uint64_t number, std::size_t place, std::string& bytes) {
  char* at = bytes.data() + place / 8;
  const int first = static_cast<int>(place % 8);
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  word |= number << first;
  std::memcpy(at, &word, sizeof word);
  if (first > 0) at[sizeof word] = static_cast<char>(number >> (64 - first));
}

std::uint64_t BitsAt(std::size_t place, int bits, const std::string& bytes) {
  if (bits == 0) return 0;
  const char* at = bytes.data() + place / 8;
  const int first = static_cast<int>(place % 8);
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  word >>= first;
  const std::uint64_t behind = static_cast<unsigned char>(at[sizeof word]);
  if (first > 0) word |= behind << (64 - first);
  return word & ~std::uint64_t{0} >> (64 - bits);
}

}  // namespace

std::string PackBits(const std::vector<std::uint64_t>& numbers, int bits) {
  const std::size_t size = BytesFor(numbers.size(), bits);
  std::string bytes(size + kBehind, '\0');
  for (std::size_t i = 0; i < numbers.size(); ++i)
    PutBits(numbers[i], i * static_cast<std::size_t>(bits), bytes);
  return Base64(std::string_view(bytes).substr(0, size));
}

template <typename Number>
std::optional<std::vector<Number>> UnpackBits(const std::string& text, std::size_t count,
                                              int bits) {
  const std::size_t size = BytesFor(count, bits);
  if (text.size() != (size + 2) / 3 * 4) return std::nullopt;
  std::string bytes(text.size() / 4 * 3 + kBehind, '\0');
  if (EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size())) < 0) {
    return std::nullopt;
  }
  const int used = static_cast<int>((count * static_cast<std::size_t>(bits) - 1) % 8) + 1;
  if (size > 0 && static_cast<unsigned char>(bytes[size - 1]) >> used != 0) return std::nullopt;
  if (Base64(std::string_view(bytes).substr(0, size)) != text)
    return std::nullopt;  // other padding
  std::vector<Number> numbers(count);
  for (std::size_t i = 0; i < count; ++i) {
    if constexpr (std::is_same_v<Number, bool>)
      numbers[i] = (static_cast<unsigned char>(bytes[i / 8]) >> (i % 8) & 1) != 0;
    else
      numbers[i] = BitsAt(i * static_cast<std::size_t>(bits), bits, bytes);
  }
  return numbers;
}

template std::optional<std::vector<std::uint64_t>> UnpackBits(const std::string&, std::size_t, int);
template std::optional<std::vector<bool>> UnpackBits(const std::string&, std::size_t, int);

}  // namespace plasticity
