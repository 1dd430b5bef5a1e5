#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace plasticity {

/// A PNG file of pictures: a row a tensor [n, c, h, w] with pixels 0 to 1 (clipped), `zoom` screen
/// pixels a pixel, white lines between.
std::string PictureGrid(const std::vector<at::Tensor>& rows, std::int64_t zoom);

/// Weights [units, c, h, w] as pictures, each scaled to its own range: gray is 0, black and white
/// the largest size. The first 96 units, twelve a row.
std::string FilterGrid(const at::Tensor& weights, std::int64_t zoom);

}  // namespace plasticity
