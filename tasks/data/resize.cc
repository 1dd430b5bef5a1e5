#include "tasks/data/resize.h"

#include <algorithm>
#include <cmath>

#include "suite/base/error.h"

#define STB_IMAGE_RESIZE_IMPLEMENTATION
#define STB_IMAGE_RESIZE_STATIC
#include <stb/stb_image_resize.h>

namespace plasticity {
namespace {

// The part of a side of `length` pixels, from 0 to 1, that is left when the shorter side of
// `shorter` is brought to `size` and whole pixels are cut off at both ends.
struct Stretch {
  float from;
  float to;
};

Stretch Center(int length, int shorter, int size) {
  const auto resized = static_cast<int>(std::lround(double(length) * size / shorter));
  const int cut = (resized - size) / 2;
  return {static_cast<float>(cut) / static_cast<float>(resized),
          static_cast<float>(cut + size) / static_cast<float>(resized)};
}

}  // namespace

Picture CenterSquare(const Picture& picture, int size) {
  const ImageShape& shape = picture.shape;
  const int shorter = std::min(shape.height, shape.width);
  const Stretch across = Center(shape.width, shorter, size);
  const Stretch down = Center(shape.height, shorter, size);
  Picture square{.shape = {shape.channels, size, size}};
  square.samples.resize(static_cast<std::size_t>(square.shape.bytes()));
  const int done = stbir_resize_region(
      picture.samples.data(), shape.width, shape.height, 0, square.samples.data(), size, size, 0,
      STBIR_TYPE_UINT8, shape.channels, STBIR_ALPHA_CHANNEL_NONE, 0, STBIR_EDGE_CLAMP,
      STBIR_EDGE_CLAMP, STBIR_FILTER_TRIANGLE, STBIR_FILTER_TRIANGLE, STBIR_COLORSPACE_LINEAR,
      nullptr, across.from, down.from, across.to, down.to);
  if (done == 0) throw RunError("stb_image_resize ran out of memory.");
  return square;
}

}  // namespace plasticity
