#include "suite/ops/few_images.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "suite/ops/matrix_product.h"

namespace plasticity {
namespace {

constexpr std::int64_t kFew = 32;  // images to respond to
constexpr std::int64_t kNotMany =
    512;  // whose outer products are added: a chunk of inputs stays in the cache
constexpr std::int64_t kWorthAThread = 64;  // blocks of rows

// Numbers that one instruction takes. Wider ones than the machine has would go through memory.
template <int lanes>
using Vector __attribute__((vector_size(lanes * sizeof(float)))) = float;

// Loops over sums are unrolled below, or the sums would not stay in registers.

struct Layer {
  const float* inputs;  // [n, in]
  const float* weight;  // [out, in]
  float* responses;     // [n, out]
  std::int64_t n, out, in;
};

constexpr int kImages = 5;  // of a block

// Each of `count` sums' lanes together, to the first places. A function of its own, or the compiler
// keeps sums in memory while they grow.
[[gnu::noinline]] void AddLanes(float* sums, int count, int lanes) {
  using Four = Vector<4>;
  for (int s = 0; s < count; ++s) {
    Four sum = {}, more;
    for (int lane = 0; lane < lanes; lane += 4) {
      std::memcpy(&more, sums + std::ptrdiff_t{s} * lanes + lane, sizeof(Four));
      sum += more;
    }
    sums[s] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  }
}

// Of `rows` units, from `row` on, to five images, from `image` on.
template <int lanes, int rows>
[[gnu::always_inline]] inline void RespondTo(const Layer& of, std::int64_t row,
                                             std::int64_t image) {
  using Lanes = Vector<lanes>;
  constexpr int kSums = rows * kImages;
  const float* const inputs = of.inputs + image * of.in;
  const float* const weight = of.weight + row * of.in;
  Lanes sums[kSums] = {}, input[kImages], weights[rows];
  std::int64_t column = 0;
  for (; column + lanes <= of.in; column += lanes) {
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r)
      std::memcpy(&weights[r], weight + r * of.in + column, sizeof(Lanes));
#pragma GCC unroll 5
    for (int i = 0; i < kImages; ++i)
      std::memcpy(&input[i], inputs + i * of.in + column, sizeof(Lanes));
#pragma GCC unroll 20
    for (int s = 0; s < kSums; ++s) sums[s] += input[s / rows] * weights[s % rows];
  }
  alignas(64) std::array<float, std::size_t{kSums} * lanes> lane_sums;
  static_assert(sizeof(lane_sums) == sizeof(sums));
  std::memcpy(lane_sums.data(), sums, sizeof(sums));
  AddLanes(lane_sums.data(), kSums, lanes);
  for (int s = 0; s < kSums; ++s) {
    float sum = lane_sums[s];
    for (std::int64_t rest = column; rest < of.in; ++rest)
      sum += inputs[s / rows * of.in + rest] * weight[s % rows * of.in + rest];
    of.responses[(image + s / rows) * of.out + row + s % rows] = sum;
  }
}

// To all images. The last five begin among those before, if need be.
template <int lanes, int rows>
[[gnu::always_inline]] inline void Respond(const Layer& of, std::int64_t begin, std::int64_t end) {
  for (std::int64_t image = 0; image < of.n; image += kImages) {
    for (std::int64_t row = begin; row < end; row += rows)
      RespondTo<lanes, rows>(of, row, std::min(image, of.n - kImages));
  }
}

constexpr int kRows = 4, kVectors = 2;  // rows, and vectors of each, whose sums registers hold

struct Factors {
  const float* errors;  // [n, out], times the factor
  const float* inputs;  // [in / chunk, n, chunk]: side by side what is used together, since rows a
                        // power of two apart would push one another out of the cache
  const float* rest;    // [n, in], for the columns behind
  std::int64_t n, out, in;
  float keep;
};

template <int lanes>
constexpr std::int64_t kChunk = std::int64_t{kVectors} * lanes;  // columns at a time

// Four rows of the weight, from row `row` on: more of a weight whose rows lie a power of two apart
// push one another out of the cache (by suite/ops/panel_product, which takes sixteen, stream_bench
// takes 0.84 to 0.89 of the steps a second). Loops over sums are unrolled, or they would not stay
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
      for (int v = 0; v < kVectors; ++v)
        std::memcpy(&input[v], inputs + std::ptrdiff_t{v} * lanes, sizeof(Lanes));
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

// What there is for an instruction set; nothing where there is none for the machine.
struct Kernels {
  std::int64_t rows = 0;  // a block of Respond
  void (*respond)(const Layer& of, std::int64_t begin, std::int64_t end) = nullptr;
  std::int64_t chunk = 0;  // columns that `add` takes at a time
  void (*add)(const Factors& of, std::int64_t row, float* weight) = nullptr;
};

#ifdef __x86_64__

[[gnu::target("avx512f")]] void RespondWith512Bits(const Layer& of, std::int64_t begin,
                                                   std::int64_t end) {
  Respond<16, 4>(of, begin, end);
}

[[gnu::target("avx512f")]] void AddWith512Bits(const Factors& of, std::int64_t row, float* weight) {
  AddToRows<16>(of, row, weight);
}

[[gnu::target("avx2,fma")]] void RespondWith256Bits(const Layer& of, std::int64_t begin,
                                                    std::int64_t end) {
  Respond<8, 2>(of, begin, end);
}

[[gnu::target("avx2,fma")]] void AddWith256Bits(const Factors& of, std::int64_t row,
                                                float* weight) {
  AddToRows<8>(of, row, weight);
}

Kernels BestKernels() {
  if (__builtin_cpu_supports("avx512f"))
    return {.rows = 4, .respond = RespondWith512Bits, .chunk = kChunk<16>, .add = AddWith512Bits};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return {.rows = 2, .respond = RespondWith256Bits, .chunk = kChunk<8>, .add = AddWith256Bits};
  return {};
}

#else

Kernels BestKernels() { return {}; }

#endif

const Kernels& Best() {
  static const Kernels kernels = BestKernels();
  return kernels;
}

bool CanBeFast(const at::Tensor& weight) {
  return weight.is_cpu() && weight.scalar_type() == at::kFloat && weight.is_contiguous();
}

}  // namespace

at::Tensor Responses(const at::Tensor& inputs, const at::Tensor& weight) {
  const Kernels& best = Best();
  const std::int64_t n = inputs.size(0), out = weight.size(0), in = weight.size(1);
  if (best.respond == nullptr || !CanBeFast(weight) || n > kFew || n < kImages ||
      out % best.rows != 0)
    return MatrixProduct(inputs, weight.t());
  const at::Tensor rows = inputs.contiguous();
  at::Tensor responses = at::empty({n, out}, inputs.options());
  const Layer layer{.inputs = rows.const_data_ptr<float>(),
                    .weight = weight.const_data_ptr<float>(),
                    .responses = responses.data_ptr<float>(),
                    .n = n,
                    .out = out,
                    .in = in};
  at::parallel_for(0, out / best.rows, kWorthAThread, [&](std::int64_t begin, std::int64_t end) {
    best.respond(layer, begin * best.rows, end * best.rows);
  });
  return responses;
}

void AddOuterProducts(const at::Tensor& weight, const at::Tensor& errors, const at::Tensor& inputs,
                      double keep, double factor) {
  const Kernels& best = Best();
  const std::int64_t n = errors.size(0), out = weight.size(0), in = weight.size(1);
  if (best.add == nullptr || !CanBeFast(weight) || n > kNotMany || out % kRows != 0) {
    weight.addmm_(errors.t(), inputs, keep, factor);
    return;
  }
  const at::Tensor scaled = (errors * factor).contiguous(), rows = inputs.contiguous();
  const std::int64_t chunks = in / best.chunk;
  const at::Tensor packed = rows.slice(1, 0, chunks * best.chunk)
                                .unflatten(1, {chunks, best.chunk})
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
  at::parallel_for(0, out / kRows, kWorthAThread, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t block = begin; block < end; ++block)
      best.add(factors, block * kRows, to + block * kRows * in);
  });
}

}  // namespace plasticity
