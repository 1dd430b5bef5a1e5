#include "suite/ops/dropout.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include <algorithm>
#include <array>

#include "suite/ops/dropout_mask.h"
#include "suite/ops/vectorized.h"

namespace plasticity {
namespace {

// 32 values that `bits` keeps or clears.
PLASTICITY_VECTORIZED
void KeepByBits(const float* __restrict in, float* __restrict out, std::uint32_t bits, float scale,
                int count) {
  for (int k = 0; k < count; ++k) out[k] = ((bits >> k) & 1u) != 0 ? in[k] * scale : 0.0f;
}

// Which of the 32 values from `start` of a row are kept.
std::uint32_t KeepBits(std::uint32_t threshold, std::uint64_t key, std::uint64_t position,
                       std::int64_t start, std::array<std::uint32_t, 4>& bits) {
  if (threshold == kDropoutOfHalf) {
    if (start % 128 == 0)
      bits = PhiloxBits(key, position + static_cast<std::uint64_t>(start / 128));
    return bits[static_cast<std::size_t>(start / 32 % 4)];
  }
  std::uint32_t keep = 0;
  for (std::size_t word = 0; word < 16; ++word) {
    if (word % 4 == 0)
      bits = PhiloxBits(key, position + static_cast<std::uint64_t>(start / 8) + word / 4);
    const std::uint32_t draws = bits[word % 4];
    keep |= static_cast<std::uint32_t>((draws & 0xFFFFu) >= threshold) << (2 * word);
    keep |= static_cast<std::uint32_t>((draws >> 16) >= threshold) << (2 * word + 1);
  }
  return keep;
}

void DropRow(const float* in, float* out, std::int64_t count, std::uint32_t threshold, float scale,
             std::uint64_t key, std::uint64_t position) {
  std::array<std::uint32_t, 4> bits{};
  for (std::int64_t start = 0; start < count; start += 32) {
    const std::uint32_t keep = KeepBits(threshold, key, position, start, bits);
    KeepByBits(in + start, out + start, keep, scale,
               static_cast<int>(std::min<std::int64_t>(32, count - start)));
  }
}

at::Tensor GatherWithDropoutCpu(const at::Tensor& features, const at::Tensor& indices, double p,
                                std::int64_t key) {
  const std::int64_t rows = indices.size(0), count = features.size(1);
  const std::uint32_t threshold = DropoutThreshold(p);
  const auto scale = static_cast<float>(1 / (1 - p));
  at::Tensor kept = at::empty({rows, count});
  const at::Tensor from = features.contiguous();
  const float* in = from.const_data_ptr<float>();
  float* out = kept.mutable_data_ptr<float>();
  const std::int64_t* row_of = indices.const_data_ptr<std::int64_t>();
  at::parallel_for(0, rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      DropRow(in + row_of[i] * count, out + i * count, count, threshold, scale,
              static_cast<std::uint64_t>(key), DropoutPosition(i, count));
    }
  });
  return kept;
}

}  // namespace

at::Tensor GatherWithDropout(const at::Tensor& features, const at::Tensor& indices, double p,
                             const Stream& stream) {
  if (p == 0) return features.index_select(0, indices);
  static const auto op =
      c10::Dispatcher::singleton()
          .findSchemaOrThrow("plasticity::gather_with_dropout", "")
          .typed<at::Tensor(const at::Tensor&, const at::Tensor&, double, std::int64_t)>();
  return op.call(features, indices, p, static_cast<std::int64_t>(stream.key()));
}

}  // namespace plasticity

TORCH_LIBRARY_FRAGMENT(plasticity, library) {
  library.def("gather_with_dropout(Tensor features, Tensor indices, float p, int key) -> Tensor");
}

TORCH_LIBRARY_IMPL(plasticity, CPU, library) {
  library.impl("gather_with_dropout", &plasticity::GatherWithDropoutCpu);
}
