#include "suite/ops/winograd_tile.h"

#include <cstddef>
#include <cstring>

#include "suite/ops/vectorized.h"

namespace plasticity {
namespace {

// Sixteen channels, or kernels.
using Lanes __attribute__((vector_size(kPanel * sizeof(float)))) = float;

[[gnu::always_inline]] inline void Load(Lanes& lanes, const float* from) {
  std::memcpy(&lanes, from, sizeof(Lanes));
}

[[gnu::always_inline]] inline void Store(const Lanes& lanes, float* to) {
  std::memcpy(to, &lanes, sizeof(Lanes));
}

// To that precision: the nearest numbers, of two the even one. What is not a number stays as it is.
[[gnu::always_inline]] inline void Round(Lanes* numbers, std::int64_t count, Precision precision) {
  if (precision == Precision::kFloat32) return;
  using Bits __attribute__((vector_size(sizeof(Lanes)))) = std::uint32_t;
  for (std::int64_t i = 0; i < count; ++i) {
    const Bits bits = reinterpret_cast<Bits>(numbers[i]);
    const Bits rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000;
    numbers[i] = reinterpret_cast<Lanes>((bits << 1) > 0xFF000000 ? bits : rounded);
  }
}

// One side of each transform: numbers lie `apart`.
constexpr float kA = 0.70710678118654752F, kB = 2 * kA;  // a point and its inverse

struct OfInput {  // B^T d: six of six
  static constexpr std::int64_t kFrom = kTile, kTo = kTile;
  [[gnu::always_inline]] static void Apply(const Lanes* d, Lanes* v, std::ptrdiff_t apart) {
    const Lanes &d0 = d[0], &d1 = d[apart], &d2 = d[2 * apart], &d3 = d[3 * apart],
                &d4 = d[4 * apart], &d5 = d[5 * apart];
    const Lanes even_a = d4 - 2 * d2, odd_a = kA * d3 - kB * d1;
    const Lanes even_b = d4 - .5F * d2, odd_b = kB * d3 - kA * d1;
    v[0] = d0 - 2.5F * d2 + d4;
    v[apart] = even_a + odd_a;
    v[2 * apart] = even_a - odd_a;
    v[3 * apart] = even_b + odd_b;
    v[4 * apart] = even_b - odd_b;
    v[5 * apart] = d1 - 2.5F * d3 + d5;
  }
};

struct OfKernel {  // G w: six of three
  static constexpr std::int64_t kFrom = kKernel, kTo = kTile;
  [[gnu::always_inline]] static void Apply(const Lanes* w, Lanes* u, std::ptrdiff_t apart) {
    const Lanes &w0 = w[0], &w1 = w[apart], &w2 = w[2 * apart];
    const Lanes even_a = (-2 / 3.F) * w0 - (1 / 3.F) * w2, odd_a = (-2 / 3.F * kA) * w1;
    const Lanes even_b = (1 / 6.F) * w0 + (1 / 3.F) * w2, odd_b = (1 / 6.F * kB) * w1;
    u[0] = w0;
    u[apart] = even_a + odd_a;
    u[2 * apart] = even_a - odd_a;
    u[3 * apart] = even_b + odd_b;
    u[4 * apart] = even_b - odd_b;
    u[5 * apart] = w2;
  }
};

struct OfProducts {  // A^T m: four of six
  static constexpr std::int64_t kFrom = kTile, kTo = kStep;
  [[gnu::always_inline]] static void Apply(const Lanes* m, Lanes* y, std::ptrdiff_t apart) {
    const Lanes &m0 = m[0], &m5 = m[5 * apart];
    const Lanes even_a = m[apart] + m[2 * apart], odd_a = kA * (m[apart] - m[2 * apart]);
    const Lanes even_b = m[3 * apart] + m[4 * apart], odd_b = kB * (m[3 * apart] - m[4 * apart]);
    y[0] = m0 + even_a + even_b;
    y[apart] = odd_a + odd_b;
    y[2 * apart] = .5F * even_a + 2 * even_b;
    y[3 * apart] = .5F * odd_a + 2 * odd_b + m5;
  }
};

struct OfErrors {  // A e: six of four
  static constexpr std::int64_t kFrom = kStep, kTo = kTile;
  [[gnu::always_inline]] static void Apply(const Lanes* e, Lanes* z, std::ptrdiff_t apart) {
    const Lanes &e0 = e[0], &e1 = e[apart], &e2 = e[2 * apart], &e3 = e[3 * apart];
    const Lanes even_a = e0 + .5F * e2, odd_a = kA * (e1 + .5F * e3);
    const Lanes even_b = e0 + 2 * e2, odd_b = kB * (e1 + 2 * e3);
    z[0] = e0;
    z[apart] = even_a + odd_a;
    z[2 * apart] = even_a - odd_a;
    z[3 * apart] = even_b + odd_b;
    z[4 * apart] = even_b - odd_b;
    z[5 * apart] = e3;
  }
};

struct OfSums {  // G^T m: three of six
  static constexpr std::int64_t kFrom = kTile, kTo = kKernel;
  [[gnu::always_inline]] static void Apply(const Lanes* m, Lanes* w, std::ptrdiff_t apart) {
    const Lanes &m0 = m[0], &m5 = m[5 * apart];
    const Lanes even_a = m[apart] + m[2 * apart], odd_a = m[apart] - m[2 * apart];
    const Lanes even_b = m[3 * apart] + m[4 * apart], odd_b = m[3 * apart] - m[4 * apart];
    w[0] = m0 - (2 / 3.F) * even_a + (1 / 6.F) * even_b;
    w[apart] = (1 / 6.F * kB) * odd_b - (2 / 3.F * kA) * odd_a;
    w[2 * apart] = (1 / 3.F) * (even_b - even_a) + m5;
  }
};

// Both sides: to [kTo, kTo] of from [kFrom, kFrom].
template <typename Side>
[[gnu::always_inline]] inline void Transform(const Lanes* from, Lanes* to) {
  Lanes columns[Side::kTo * Side::kFrom];
  for (std::int64_t j = 0; j < Side::kFrom; ++j) Side::Apply(from + j, columns + j, Side::kFrom);
  for (std::int64_t i = 0; i < Side::kTo; ++i)
    Side::Apply(columns + i * Side::kFrom, to + i * Side::kTo, 1);
}

template <typename Side>
[[gnu::always_inline]] inline void TransformPixels(const float* const* pixels,
                                                   std::int64_t channels, float* to,
                                                   std::int64_t apart, std::int64_t next,
                                                   Precision precision) {
  constexpr std::int64_t kPixels = Side::kFrom * Side::kFrom;
  for (std::int64_t c = 0; c < channels; c += kPanel, to += next) {
    Lanes from[kPixels], places[kPlaces];
    for (std::int64_t p = 0; p < kPixels; ++p) Load(from[p], pixels[p] + c);
    Round(from, kPixels, precision);
    Transform<Side>(from, places);
    for (std::int64_t p = 0; p < kPlaces; ++p) Store(places[p], to + p * apart);
  }
}

}  // namespace

PLASTICITY_VECTORIZED
void TransformInput(const float* const* pixels, std::int64_t channels, float* to,
                    std::int64_t apart, std::int64_t next, Precision precision) {
  TransformPixels<OfInput>(pixels, channels, to, apart, next, precision);
}

PLASTICITY_VECTORIZED
void TransformErrors(const float* const* errors, std::int64_t channels, float* to,
                     std::int64_t apart, std::int64_t next, Precision precision) {
  TransformPixels<OfErrors>(errors, channels, to, apart, next, precision);
}

PLASTICITY_VECTORIZED
void TransformKernels(const float* kernels, std::int64_t in, float* to, std::int64_t apart,
                      Precision precision) {
  for (std::int64_t input = 0; input < in; input += kPanel) {
    alignas(Lanes) float turned[kPanel][kWeights][kPanel];  // by input, weight, kernel
    for (std::int64_t k = 0; k < kPanel; ++k) {
      for (std::int64_t w = 0; w < kWeights; ++w) {
        const float* const weights = kernels + (k * kWeights + w) * in + input;
        for (std::int64_t i = 0; i < kPanel; ++i) turned[i][w][k] = weights[i];
      }
    }
    for (std::int64_t i = 0; i < kPanel; ++i, to += kPanel) {
      Lanes from[kWeights], places[kPlaces];
      for (std::int64_t w = 0; w < kWeights; ++w) Load(from[w], turned[i][w]);
      Round(from, kWeights, precision);
      Transform<OfKernel>(from, places);
      for (std::int64_t p = 0; p < kPlaces; ++p) Store(places[p], to + p * apart);
    }
  }
}

PLASTICITY_VECTORIZED
void TransformProducts(const float* products, std::int64_t apart, const float* bias,
                       float* const* outputs, Precision precision) {
  Lanes from[kPlaces], to[kOutputs], shift;
  for (std::int64_t p = 0; p < kPlaces; ++p) Load(from[p], products + p * apart);
  Load(shift, bias);
  Transform<OfProducts>(from, to);
  for (Lanes& output : to) output += shift;
  Round(to, kOutputs, precision);
  for (std::int64_t p = 0; p < kOutputs; ++p) {
    if (outputs[p] != nullptr) Store(to[p], outputs[p]);
  }
}

PLASTICITY_VECTORIZED
void TransformSums(const float* sums, std::int64_t apart, std::int64_t in, float* to,
                   Precision precision) {
  for (std::int64_t unit = 0; unit < kPanel; ++unit) {
    Lanes from[kPlaces], gradient[kWeights];
    for (std::int64_t p = 0; p < kPlaces; ++p) Load(from[p], sums + p * apart + unit * kPanel);
    Transform<OfSums>(from, gradient);
    Round(gradient, kWeights, precision);
    for (std::int64_t w = 0; w < kWeights; ++w) Store(gradient[w], to + (unit * kWeights + w) * in);
  }
}

}  // namespace plasticity
