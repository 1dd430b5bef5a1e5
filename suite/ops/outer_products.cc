#include "suite/ops/outer_products.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cstring>

namespace plasticity {
namespace {

constexpr int kRows = 4, kVectors = 2;  // rows, and vectors of each, whose sums registers hold

struct Factors {
  const float* errors;  // [n, out], times the factor
  const float* inputs;  // [in / chunk, n, chunk]: side by side what is used together, since rows a
                        // power of two apart would push one another out of the cache
  const float* rest;    // [n, in], for the columns behind
  std::int64_t n, out, in;
  float keep;
};

// Numbers that one instruction takes. Wider ones than the machine has would go through memory.
template <int lanes>
using Vector __attribute__((vector_size(lanes * sizeof(float)))) = float;

template <int lanes>
constexpr std::int64_t kChunk{kVectors * lanes};  // columns at a time

// Four rows of the weight, from row `row` on. Loops over sums are unrolled, or they would not stay
// in registers.
template <int lanes>
[[gnu::always_inline]] inline void AddToRows(const Factors& of, std::int64_t row,
                                             float* __restrict weight) {
  using Lanes = Vector<lanes>;
  constexpr int kSums = kRows * kVectors;
  std::int64_t column = 0;
  for (; column + kChunk<lanes> <= of.in; column += kChunk<lanes>) {
    const auto place = [&](int sum) {
      return weight + sum / kVectors * of.in + column + std::int64_t{sum % kVectors} * lanes;
    };
    Lanes sums[kSums], input[kVectors];
#pragma GCC unroll 8
    for (int s = 0; s < kSums; ++s) {
      std::memcpy(&sums[s], place(s), sizeof(Lanes));
      sums[s] *= of.keep;
    }
    for (std::int64_t i = 0; i < of.n; ++i) {
      const float* const inputs = of.inputs + column * of.n + i * kChunk<lanes>;
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) std::memcpy(&input[v], inputs + v * lanes, sizeof(Lanes));
      const float* const errors = of.errors + i * of.out + row;
#pragma GCC unroll 8
      for (int s = 0; s < kSums; ++s) sums[s] += input[s % kVectors] * errors[s / kVectors];
    }
#pragma GCC unroll 8
    for (int s = 0; s < kSums; ++s) std::memcpy(place(s), &sums[s], sizeof(Lanes));
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

// AddToRows for an instruction set; nothing where there is none for the machine.
struct Kernel {
  std::int64_t chunk = 0;
  void (*add)(const Factors& of, std::int64_t row, float* weight) = nullptr;
};

#ifdef __x86_64__

[[gnu::target("avx512f")]] void AddWith512Bits(const Factors& of, std::int64_t row, float* weight) {
  AddToRows<16>(of, row, weight);
}

[[gnu::target("avx2,fma")]] void AddWith256Bits(const Factors& of, std::int64_t row,
                                                float* weight) {
  AddToRows<8>(of, row, weight);
}

Kernel BestKernel() {
  if (__builtin_cpu_supports("avx512f")) return {kChunk<16>, AddWith512Bits};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return {kChunk<8>, AddWith256Bits};
  return {};
}

#else

Kernel BestKernel() { return {}; }

#endif

}  // namespace

void AddOuterProducts(const at::Tensor& weight, const at::Tensor& errors, const at::Tensor& inputs,
                      double keep, double factor) {
  constexpr std::int64_t kFew = 32;  // images, whose inputs stay in the cache
  static const Kernel kernel = BestKernel();
  const std::int64_t n = errors.size(0), out = weight.size(0), in = weight.size(1);
  if (kernel.add == nullptr || !weight.is_cpu() || weight.scalar_type() != at::kFloat ||
      !weight.is_contiguous() || n > kFew || out % kRows != 0) {
    weight.addmm_(errors.t(), inputs, keep, factor);
    return;
  }
  const at::Tensor scaled = (errors * factor).contiguous(), rows = inputs.contiguous();
  const std::int64_t chunks = in / kernel.chunk;
  const at::Tensor packed = rows.slice(1, 0, chunks * kernel.chunk)
                                .unflatten(1, {chunks, kernel.chunk})
                                .transpose(0, 1)
                                .contiguous();
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
      kernel.add(factors, block * kRows, to + block * kRows * in);
  });
}

}  // namespace plasticity
