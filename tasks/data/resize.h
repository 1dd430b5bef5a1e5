#pragma once

#include <cstdint>
#include <vector>

#include "suite/base/image_source.h"

namespace plasticity {

/// An image as files have it.
struct Picture {
  ImageShape shape;
  std::vector<std::uint8_t> samples;  ///< [height, width, channels]
};

/// The centre square of `picture`, its shorter side brought to `size` pixels: linear, antialiased.
Picture CenterSquare(const Picture& picture, int size);

}  // namespace plasticity
