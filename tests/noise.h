// Tensors of seeded Gaussian noise, for tests.
#pragma once

#include <ATen/ATen.h>

#include "suite/streams.h"

namespace plasticity::testing {

// float32 [sizes], normal with this mean and a standard deviation of one.
inline at::Tensor Noise(at::IntArrayRef sizes, std::uint64_t seed = 5, double mean = 0) {
  at::Tensor tensor = at::empty(sizes);
  Streams(seed).For("noise").FillNormal(tensor.data_ptr<float>(),
                                        static_cast<std::size_t>(tensor.numel()), mean, 1);
  return tensor;
}

}  // namespace plasticity::testing
