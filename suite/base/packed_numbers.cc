#include "suite/base/packed_numbers.h"

#include <openssl/evp.h>

#include <bit>
#include <cstring>

namespace plasticity {
namespace {

static_assert(std::endian::native == std::endian::little);

// A number is read and written as the word in which its first bit stands and the byte behind that.
constexpr std::size_t kBehind = sizeof(std::uint64_t) + 1;

std::size_t BytesFor(std::size_t count, int bits) {
  return (count * static_cast<std::size_t>(bits) + 7) / 8;
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

std::string Base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // with OpenSSL's closing zero
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace

PackedNumbers::PackedNumbers(std::size_t count, int bits)
    : count_(count), bits_(bits), bytes_(BytesFor(count, bits) + kBehind, '\0') {}

PackedNumbers::PackedNumbers(const std::vector<std::uint64_t>& numbers, int bits)
    : PackedNumbers(numbers.size(), bits) {
  for (std::size_t i = 0; i < numbers.size(); ++i)
    PutBits(numbers[i], i * static_cast<std::size_t>(bits), bytes_);
}

std::optional<PackedNumbers> PackedNumbers::FromBase64(std::string_view text, std::size_t count,
                                                       int bits) {
  const std::size_t size = BytesFor(count, bits);
  if (text.size() != (size + 2) / 3 * 4) return std::nullopt;
  PackedNumbers packed(count, bits);
  const int decoded = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(packed.bytes_.data()),
                                      reinterpret_cast<const unsigned char*>(text.data()),
                                      static_cast<int>(text.size()));
  if (decoded != static_cast<int>(text.size() / 4 * 3)) return std::nullopt;  // or it was trimmed
  const int used = static_cast<int>((count * static_cast<std::size_t>(bits) - 1) % 8) + 1;
  if (size > 0 && static_cast<unsigned char>(packed.bytes_[size - 1]) >> used != 0)
    return std::nullopt;
  // To the library, a zero is '=', too, and the last bits of a text may be anything.
  const std::size_t last = size == 0 ? 0 : (size - 1) / 3;
  if (text.substr(0, 4 * last).find('=') != text.npos ||
      Base64(std::string_view(packed.bytes_).substr(3 * last, size - 3 * last)) !=
          text.substr(4 * last)) {
    return std::nullopt;
  }
  return packed;
}

std::uint64_t PackedNumbers::operator[](std::size_t i) const {
  if (bits_ == 0) return 0;
  const std::size_t place = i * static_cast<std::size_t>(bits_);
  const char* at = bytes_.data() + place / 8;
  const int first = static_cast<int>(place % 8);
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  word >>= first;
  const std::uint64_t behind = static_cast<unsigned char>(at[sizeof word]);
  if (first > 0) word |= behind << (64 - first);
  return word & ~std::uint64_t{0} >> (64 - bits_);
}

std::size_t PackedNumbers::ones() const {
  std::size_t set = 0;
  for (const char byte : bytes_)
    set += static_cast<std::size_t>(std::popcount(static_cast<unsigned char>(byte)));
  return set;
}

std::string PackedNumbers::ToBase64() const {
  return Base64(std::string_view(bytes_).substr(0, BytesFor(count_, bits_)));
}

}  // namespace plasticity
