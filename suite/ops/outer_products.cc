#include "suite/ops/outer_products.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cstring>

#include "suite/ops/vectorized.h"

namespace plasticity {
namespace {

constexpr std::int64_t kRows = 4, kLanes = 16;  // what registers hold at once

struct Factors {
  const float* errors;  // [n, out], times the factor
  const float* inputs;  // [in / kLanes, n, kLanes]: side by side what is used together, since rows
                        // a power of two apart would push one another out of the cache
  const float* rest;    // [n, in], for the columns behind
  std::int64_t n, out, in;
  float keep;
};

// Four rows of the weight, from row `row` on.
PLASTICITY_VECTORIZED
void AddToRows(const Factors& of, std::int64_t row, float* __restrict weight) {
  using Lanes __attribute__((vector_size(kLanes * sizeof(float)))) = float;
  std::int64_t column = 0;
  for (; column + kLanes <= of.in; column += kLanes) {
    Lanes sums[kRows], input;
    for (std::int64_t r = 0; r < kRows; ++r) {
      std::memcpy(&sums[r], weight + r * of.in + column, sizeof(Lanes));
      sums[r] *= of.keep;
    }
    for (std::int64_t i = 0; i < of.n; ++i) {
      std::memcpy(&input, of.inputs + column * of.n + i * kLanes, sizeof(Lanes));
      const float* const errors = of.errors + i * of.out + row;
      for (std::int64_t r = 0; r < kRows; ++r) sums[r] += input * errors[r];
    }
    for (std::int64_t r = 0; r < kRows; ++r)
      std::memcpy(weight + r * of.in + column, &sums[r], sizeof(Lanes));
  }
  for (; column < of.in; ++column) {
    for (std::int64_t r = 0; r < kRows; ++r) {
      float sum = weight[r * of.in + column] * of.keep;
      for (std::int64_t i = 0; i < of.n; ++i)
        sum += of.rest[i * of.in + column] * of.errors[i * of.out + row + r];
      weight[r * of.in + column] = sum;
    }
  }
}

}  // namespace

void AddOuterProducts(const at::Tensor& weight, const at::Tensor& errors, const at::Tensor& inputs,
                      double keep, double factor) {
  constexpr std::int64_t kFew = 32;  // images, whose inputs stay in the cache
  const std::int64_t n = errors.size(0), out = weight.size(0), in = weight.size(1);
  if (!weight.is_cpu() || weight.scalar_type() != at::kFloat || !weight.is_contiguous() ||
      n > kFew || out % kRows != 0) {
    weight.addmm_(errors.t(), inputs, keep, factor);
    return;
  }
  const at::Tensor scaled = (errors * factor).contiguous(), rows = inputs.contiguous();
  const std::int64_t chunks = in / kLanes;
  const at::Tensor packed =
      rows.slice(1, 0, chunks * kLanes).unflatten(1, {chunks, kLanes}).transpose(0, 1).contiguous();
  const Factors factors{.errors = scaled.const_data_ptr<float>(),
                        .inputs = packed.const_data_ptr<float>(),
                        .rest = rows.const_data_ptr<float>(),
                        .n = n,
                        .out = out,
                        .in = in,
                        .keep = static_cast<float>(keep)};
  float* const to = weight.data_ptr<float>();
  constexpr std::int64_t kWorthAThread = 64;
  at::parallel_for(0, out / kRows, kWorthAThread, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t block = begin; block < end; ++block)
      AddToRows(factors, block * kRows, to + block * kRows * in);
  });
}

}  // namespace plasticity
