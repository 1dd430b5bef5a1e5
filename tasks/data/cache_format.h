#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "suite/base/digest.h"

namespace plasticity {

inline constexpr char kCacheMagic[8] = {'P', 'L', 'S', 'T', 'D', 'A', 'T', 'A'};
inline constexpr std::uint32_t kCacheFormat = 1;

/// What a cache file starts with, as it lies in memory (little endian).
struct CacheHeader {
  char magic[8];
  std::uint32_t format;
  std::uint32_t reserved;
  std::uint64_t file_bytes;
  std::uint64_t text_at;
  std::uint64_t text_bytes;
  char checksum[64];  ///< SHA-256 in hexadecimal, of the header before it and the JSON text
};

/// Where the parts of a cache file start.
struct CacheLayout {
  std::uint64_t train_pixels;
  std::uint64_t train_labels;
  std::uint64_t test_pixels;
  std::uint64_t test_labels;
  std::uint64_t unlabelled_pixels;
  std::uint64_t text_at;

  // Without pixels a file has no labels either.
  CacheLayout(std::int64_t image_bytes, std::int64_t train, std::int64_t test,
              std::int64_t unlabelled = 0, bool pixels = true) {
    if (!pixels) train = test = unlabelled = 0;
    const auto after = [](std::uint64_t start, std::int64_t bytes) {
      return (start + static_cast<std::uint64_t>(bytes) + 63) / 64 * 64;
    };
    train_pixels = after(0, sizeof(CacheHeader));
    train_labels = after(train_pixels, train * image_bytes);
    test_pixels = after(train_labels, train * 2);
    test_labels = after(test_pixels, test * image_bytes);
    unlabelled_pixels = after(test_labels, test * 2);
    text_at = after(unlabelled_pixels, unlabelled * image_bytes);
  }
};

/// The checksum that the header has to carry.
std::string HeaderChecksum(const CacheHeader& header, std::string_view text);

/// A fingerprint's digest with the sizes added; train pixels, train labels, test pixels, test
/// labels and unlabelled pixels follow.
Digest StartFingerprint(int classes, int channels, int height, int width, std::int64_t train,
                        std::int64_t test, std::int64_t unlabelled);

}  // namespace plasticity
