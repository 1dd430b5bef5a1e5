#include "suite/ops/panel_product.h"

#include <cstring>

namespace plasticity {
namespace {

// Numbers that one instruction takes. Wider ones than the machine has would go through memory.
template <int lanes>
using Vector __attribute__((vector_size(sizeof(float) * lanes))) = float;

// `rows` rows of c, from a and c on. Loops over sums are unrolled, or they would not stay in
// registers.
template <int lanes, int rows>
[[gnu::always_inline]] inline void MultiplyRows(const PanelProduct& of, const float* a, float* c) {
  using Lanes = Vector<lanes>;
  constexpr int kVectors = lanes < kPanel ? 2 : 1, kSums = rows * kVectors,
                kColumns = kVectors * lanes;  // at a time
  for (std::int64_t column = 0; column < kPanel; column += kColumns) {
    const auto place = [&](int sum) {
      return c + sum / kVectors * of.c_row + column + std::ptrdiff_t{sum % kVectors} * lanes;
    };
    Lanes sums[kSums], of_b[kVectors];
#pragma GCC unroll 16
    for (int s = 0; s < kSums; ++s) {
      sums[s] = Lanes{};
      if (of.keep == 0) continue;
      std::memcpy(&sums[s], place(s), sizeof(Lanes));
      sums[s] *= of.keep;
    }
    const float *from_a = a, *from_b = of.b + column;
    for (std::int64_t i = 0; i < of.n; ++i, from_a += of.a_step, from_b += kPanel) {
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v)
        std::memcpy(&of_b[v], from_b + std::ptrdiff_t{v} * lanes, sizeof(Lanes));
#pragma GCC unroll 16
      for (int s = 0; s < kSums; ++s)
        sums[s] += of_b[s % kVectors] * from_a[s / kVectors * of.a_row];
    }
#pragma GCC unroll 16
    for (int s = 0; s < kSums; ++s) std::memcpy(place(s), &sums[s], sizeof(Lanes));
  }
}

// All rows: `many` at a time as long as there are so many, whose sums registers hold.
template <int lanes, int many>
[[gnu::always_inline]] inline void MultiplyAll(const PanelProduct& of) {
  std::int64_t row = 0;
  const auto a = [&] { return of.a + row * of.a_row; };
  const auto c = [&] { return of.c + row * of.c_row; };
  for (; row + many <= of.rows; row += many) MultiplyRows<lanes, many>(of, a(), c());
  for (; row + 4 <= of.rows; row += 4) MultiplyRows<lanes, 4>(of, a(), c());
  for (; row < of.rows; ++row) MultiplyRows<lanes, 1>(of, a(), c());
}

#ifdef __x86_64__

[[gnu::target("avx512f")]] void With512Bits(const PanelProduct& of) { MultiplyAll<16, 16>(of); }

[[gnu::target("avx2,fma")]] void With256Bits(const PanelProduct& of) { MultiplyAll<8, 6>(of); }

#endif

void WithAny(const PanelProduct& of) { MultiplyAll<4, 4>(of); }

auto Best() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f")) return With512Bits;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return With256Bits;
#endif
  return WithAny;
}

}  // namespace

void Multiply(const PanelProduct& product) {
  static const auto best = Best();
  best(product);
}

}  // namespace plasticity
