#pragma once

#include <cstdint>
#include <vector>

#include "suite/samples.h"

namespace plasticity {

/// Puts the pixel at order[p] in place p, for every colour alike.
class PermutedPixels final : public ImageChange {
 public:
  /// `order` has each of an image's height * width places once.
  explicit PermutedPixels(std::vector<std::int64_t> order) : order_(std::move(order)) {}
  void Apply(const ImageShape& shape, std::int64_t index, std::uint8_t* pixels) const override;

 private:
  std::vector<std::int64_t> order_;
};

/// Mirrors images left to right.
class Mirrored final : public ImageChange {
 public:
  void Apply(const ImageShape& shape, std::int64_t index, std::uint8_t* pixels) const override;
};

/// Turns images about their centre, counter-clockwise; bilinear between pixels, black from outside.
class Turned final : public ImageChange {
 public:
  /// By so many degrees.
  explicit Turned(double degrees) : degrees_(degrees) {}
  void Apply(const ImageShape& shape, std::int64_t index, std::uint8_t* pixels) const override;

 private:
  double degrees_;
};

}  // namespace plasticity
