#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

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

/// Whether the functions below take x: [n, c, h, w], channels-last float32 on the CPU, in windows
/// whose places a byte tells apart.
bool PoolsByBytes(const at::Tensor& x, const Window& window);

/// The largest of x's values in each window, [n, c, rows, columns], after each channel was
/// multiplied by its sign, +1 or -1 (undefined: all +1). `places`, where it is not null, is given
/// each one's place in its window, one byte a value.
at::Tensor Maxima(const at::Tensor& x, const Window& window, const at::Tensor& signs,
                  at::Tensor* places);

/// The errors [n, c, rows, columns] of maxima, times their channel's `scale` [c], put where
/// `places` says: the errors at the input [n, c, h, w]. Each row (of an image: w x c values) begins
/// as `begin` leaves it, which is given the index of its first value.
at::Tensor SpreadErrors(const at::Tensor& errors, const at::Tensor& places, const at::Tensor& scale,
                        at::IntArrayRef input_sizes, const Window& window,
                        const std::function<void(std::int64_t first, float* row)>& begin);

}  // namespace plasticity
