#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace plasticity {

/// A window that moves over maps, in pixels.
struct Window {
  std::int64_t kernel;   ///< its side
  std::int64_t stride;   ///< its step
  std::int64_t padding;  ///< border of nothing around the maps
};

/// at::max_pool2d of x [n, c, h, w]. On the CPU, for channels-last float32, the place of each
/// maximum is kept as one byte, where LibTorch's backward pass reads eight, and channels go side by
/// side through the vector unit in both directions.
at::Tensor MaxPool(const at::Tensor& x, const Window& window);

}  // namespace plasticity
