#include "tasks/changes/geometry.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace plasticity {

void PermutedPixels::Apply(const ImageShape& shape, std::int64_t, std::uint8_t* pixels) const {
  const std::vector<std::uint8_t> given(pixels, pixels + shape.bytes());
  const std::size_t plane = order_.size();
  for (std::size_t c = 0; c < static_cast<std::size_t>(shape.channels); ++c) {
    for (std::size_t p = 0; p < plane; ++p)
      pixels[c * plane + p] = given[c * plane + static_cast<std::size_t>(order_[p])];
  }
}

void Mirrored::Apply(const ImageShape& shape, std::int64_t, std::uint8_t* pixels) const {
  for (std::int64_t row = 0; row < std::int64_t{shape.channels} * shape.height; ++row)
    std::reverse(pixels + row * shape.width, pixels + (row + 1) * shape.width);
}

void Turned::Apply(const ImageShape& shape, std::int64_t, std::uint8_t* pixels) const {
  const at::NoGradGuard no_gradients;
  const double angle = degrees_ * std::numbers::pi / 180;
  const double c = std::cos(angle), s = std::sin(angle);
  // What stands at a place comes from the place turned back; rows go down, so the sine changes
  // sign. Coordinates go from -1 to 1 along each side, so a side's length over the other's comes
  // in.
  const double ratio = static_cast<double>(shape.width) / shape.height;
  const at::Tensor theta = at::tensor({c, -s / ratio, 0.0, s * ratio, c, 0.0}, at::kDouble)
                               .to(at::kFloat)
                               .view({1, 2, 3});
  const at::Tensor image =
      at::from_blob(pixels, {1, shape.channels, shape.height, shape.width}, at::kByte)
          .to(at::kFloat);
  const at::Tensor grid = at::affine_grid_generator(theta, image.sizes(), false);
  const at::Tensor turned =
      at::grid_sampler(image, grid, 0, 0, false).round().clamp(0, 255).to(at::kByte).contiguous();
  std::copy_n(turned.const_data_ptr<std::uint8_t>(), shape.bytes(), pixels);
}

}  // namespace plasticity
