#include "suite/ops/winograd.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include <algorithm>

#include "suite/ops/few_images.h"
#include "suite/ops/matrix_product.h"
#include "suite/ops/vectorized.h"

namespace plasticity {
namespace {

constexpr std::int64_t kTile = 4;                // pixels a side that a tile reads
constexpr std::int64_t kStep = 2;                // outputs a side that it makes
constexpr std::int64_t kPlaces = kTile * kTile;  // products of a tile
constexpr std::int64_t kTilesAtOnce = 512;       // whose places stay in the cache
constexpr std::int64_t kKernels = 64;            // transformed at once
constexpr std::int64_t kWorthAThread = 16;       // tiles

struct Tile;

// How outputs lie in tiles.
struct Tiling {
  std::int64_t images, height, width;  // of the output
  std::int64_t rows, columns;          // tiles

  Tiling(std::int64_t n, std::int64_t h, std::int64_t w)
      : images(n),
        height(h),
        width(w),
        rows((h + kStep - 1) / kStep),
        columns((w + kStep - 1) / kStep) {}
  std::int64_t tiles() const { return images * rows * columns; }
  // The place among all outputs of a tile's output p, row by row; -1 beyond the edge.
  std::int64_t OutputOf(const Tile& tile, std::int64_t p) const;
};

// A tile's row, column and image.
struct Tile {
  std::int64_t row, column, image;
  Tile(const Tiling& tiling, std::int64_t tile)
      : row(tile / tiling.columns % tiling.rows),
        column(tile % tiling.columns),
        image(tile / (tiling.columns * tiling.rows)) {}
};

std::int64_t Tiling::OutputOf(const Tile& tile, std::int64_t p) const {
  const std::int64_t row = tile.row * kStep + p / kStep, column = tile.column * kStep + p % kStep;
  return row < height && column < width ? (tile.image * height + row) * width + column : -1;
}

// Where the channels of a tile's pixels lie, or of its places.
struct Sixteen {
  const float* at[kPlaces];
};

// B^T d B of a tile of `count` channels; the places are `apart`.
PLASTICITY_VECTORIZED
void TransformInput(const Sixteen& d, std::int64_t count, std::int64_t apart,
                    float* __restrict out) {
  const float *const d00 = d.at[0], *const d01 = d.at[1], *const d02 = d.at[2],
                     *const d03 = d.at[3], *const d10 = d.at[4], *const d11 = d.at[5],
                     *const d12 = d.at[6], *const d13 = d.at[7], *const d20 = d.at[8],
                     *const d21 = d.at[9], *const d22 = d.at[10], *const d23 = d.at[11],
                     *const d30 = d.at[12], *const d31 = d.at[13], *const d32 = d.at[14],
                     *const d33 = d.at[15];
  for (std::int64_t c = 0; c < count; ++c) {
    const float a0 = d00[c] - d20[c], a1 = d01[c] - d21[c], a2 = d02[c] - d22[c],
                a3 = d03[c] - d23[c];
    const float b0 = d10[c] + d20[c], b1 = d11[c] + d21[c], b2 = d12[c] + d22[c],
                b3 = d13[c] + d23[c];
    const float c0 = d20[c] - d10[c], c1 = d21[c] - d11[c], c2 = d22[c] - d12[c],
                c3 = d23[c] - d13[c];
    const float e0 = d10[c] - d30[c], e1 = d11[c] - d31[c], e2 = d12[c] - d32[c],
                e3 = d13[c] - d33[c];
    out[0 * apart + c] = a0 - a2;
    out[1 * apart + c] = a1 + a2;
    out[2 * apart + c] = a2 - a1;
    out[3 * apart + c] = a1 - a3;
    out[4 * apart + c] = b0 - b2;
    out[5 * apart + c] = b1 + b2;
    out[6 * apart + c] = b2 - b1;
    out[7 * apart + c] = b1 - b3;
    out[8 * apart + c] = c0 - c2;
    out[9 * apart + c] = c1 + c2;
    out[10 * apart + c] = c2 - c1;
    out[11 * apart + c] = c1 - c3;
    out[12 * apart + c] = e0 - e2;
    out[13 * apart + c] = e1 + e2;
    out[14 * apart + c] = e2 - e1;
    out[15 * apart + c] = e1 - e3;
  }
}

// A^T m A of a tile's products of `count` channels, and b: its four outputs.
PLASTICITY_VECTORIZED
void TransformOutput(const Sixteen& of, const float* __restrict b, std::int64_t count,
                     float* __restrict y00, float* __restrict y01, float* __restrict y10,
                     float* __restrict y11) {
  const float *const m0 = of.at[0], *const m1 = of.at[1], *const m2 = of.at[2],
                     *const m3 = of.at[3], *const m4 = of.at[4], *const m5 = of.at[5],
                     *const m6 = of.at[6], *const m7 = of.at[7], *const m8 = of.at[8],
                     *const m9 = of.at[9], *const m10 = of.at[10], *const m11 = of.at[11],
                     *const m12 = of.at[12], *const m13 = of.at[13], *const m14 = of.at[14],
                     *const m15 = of.at[15];
  for (std::int64_t c = 0; c < count; ++c) {
    const float s0 = m0[c] + m4[c] + m8[c];
    const float s1 = m1[c] + m5[c] + m9[c];
    const float s2 = m2[c] + m6[c] + m10[c];
    const float s3 = m3[c] + m7[c] + m11[c];
    const float t0 = m4[c] - m8[c] - m12[c];
    const float t1 = m5[c] - m9[c] - m13[c];
    const float t2 = m6[c] - m10[c] - m14[c];
    const float t3 = m7[c] - m11[c] - m15[c];
    y00[c] = s0 + s1 + s2 + b[c];
    y01[c] = s1 - s2 - s3 + b[c];
    y10[c] = t0 + t1 + t2 + b[c];
    y11[c] = t1 - t2 - t3 + b[c];
  }
}

// Places of tiles' channels: each in one piece [tiles, channels], a little apart, or those of one
// tile would be a power of two apart and push one another out of the cache.
class Places {
 public:
  Places(std::int64_t tiles, std::int64_t channels, const at::TensorOptions& options)
      : channels_(channels),
        apart_(tiles * channels + kLine),
        memory_(at::empty({kPlaces * apart_}, options)) {}
  std::int64_t apart() const { return apart_; }
  // Where the first of a tile's places is.
  float* Of(std::int64_t tile) { return memory_.data_ptr<float>() + tile * channels_; }
  // One place of the first `count` tiles: [count, channels].
  at::Tensor At(std::int64_t place, std::int64_t count) const {
    return memory_.narrow(0, place * apart_, count * channels_).view({count, channels_});
  }

 private:
  static constexpr std::int64_t kLine = 16;  // floats of a line of the cache
  std::int64_t channels_, apart_;
  at::Tensor memory_;
};

// Puts into places what `count` tiles from `first` on read of x [n, channels, h, w].
void InputPlaces(const at::Tensor& x, const Tiling& tiling, std::int64_t first, std::int64_t count,
                 Places& places) {
  const std::int64_t channels = x.size(1), height = x.size(2), width = x.size(3);
  const std::vector<float> zeros(static_cast<std::size_t>(channels));
  const float* const from = x.const_data_ptr<float>();
  at::parallel_for(0, count, kWorthAThread, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const Tile tile(tiling, first + i);
      Sixteen pixels{};
      for (std::int64_t p = 0; p < kPlaces; ++p) {
        const std::int64_t y = tile.row * kStep + p / kTile, at = tile.column * kStep + p % kTile;
        pixels.at[p] = y < height && at < width
                           ? from + ((tile.image * height + y) * width + at) * channels
                           : zeros.data();
      }
      TransformInput(pixels, channels, places.apart(), places.Of(i));
    }
  });
}

// G w G^T of `count` kernels of nine values [count, 9]; a place's values are `plane` apart.
PLASTICITY_VECTORIZED
void TransformFilters(const float* __restrict w, std::int64_t count, std::int64_t plane,
                      float* __restrict u) {
  float at[9][kKernels] = {}, column[4][3][kKernels];
  for (std::int64_t k = 0; k < count; ++k)
    for (int j = 0; j < 9; ++j) at[j][k] = w[9 * k + j];
  for (int j = 0; j < 3; ++j) {
    for (std::int64_t k = 0; k < kKernels; ++k) {
      const float outer = at[j][k] + at[6 + j][k], inner = at[3 + j][k];
      column[0][j][k] = at[j][k];
      column[1][j][k] = .5F * (outer + inner);
      column[2][j][k] = .5F * (outer - inner);
      column[3][j][k] = at[6 + j][k];
    }
  }
  for (std::int64_t i = 0; i < 4; ++i) {
    const auto& of = column[i];
    float *const u0 = u + 4 * i * plane, *const u1 = u0 + plane, *const u2 = u1 + plane,
                 *const u3 = u2 + plane;
    for (std::int64_t k = 0; k < count; ++k) {
      const float outer = of[0][k] + of[2][k], inner = of[1][k];
      u0[k] = of[0][k];
      u1[k] = .5F * (outer + inner);
      u2[k] = .5F * (outer - inner);
      u3[k] = of[2][k];
    }
  }
}

// Of weight [out, in, 3, 3]: [16, out, in].
at::Tensor FilterPlaces(const at::Tensor& weight) {
  const at::Tensor kernels = weight.contiguous();
  const std::int64_t out = weight.size(0), in = weight.size(1), plane = out * in;
  at::Tensor places = at::empty({kPlaces, out, in}, weight.options());
  const float* const from = kernels.const_data_ptr<float>();
  float* const to = places.data_ptr<float>();
  at::parallel_for(0, out, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin * in; k < end * in; k += kKernels)
      TransformFilters(from + 9 * k, std::min(kKernels, end * in - k), plane, to + k);
  });
  return places;
}

// The outputs of `count` tiles from `first` on, from each place's products [count, out] and bias
// [out].
void Outputs(const std::vector<at::Tensor>& products, const at::Tensor& bias, const Tiling& tiling,
             std::int64_t first, std::int64_t count, at::Tensor& y) {
  const std::int64_t out = y.size(1);
  Sixteen from{};
  for (std::size_t p = 0; p < kPlaces; ++p) from.at[p] = products[p].const_data_ptr<float>();
  const float* const shift = bias.const_data_ptr<float>();
  float* const to = y.data_ptr<float>();
  at::parallel_for(0, count, kWorthAThread, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> beyond(static_cast<std::size_t>(kStep * kStep * out));
    for (std::int64_t i = begin; i < end; ++i) {
      const Tile tile(tiling, first + i);
      float* outputs[kStep * kStep];
      for (std::int64_t p = 0; p < kStep * kStep; ++p) {
        const std::int64_t at = tiling.OutputOf(tile, p);
        outputs[p] = at < 0 ? beyond.data() + p * out : to + at * out;
      }
      Sixteen of_tile = from;
      for (const float*& at : of_tile.at) at += i * out;
      TransformOutput(of_tile, shift, out, outputs[0], outputs[1], outputs[2], outputs[3]);
    }
  });
}

// A e A^T of a tile's four errors of `count` channels; the places are `apart`.
PLASTICITY_VECTORIZED
void TransformErrors(const float* __restrict e00, const float* __restrict e01,
                     const float* __restrict e10, const float* __restrict e11, std::int64_t count,
                     std::int64_t apart, float* __restrict out) {
  for (std::int64_t c = 0; c < count; ++c) {
    const float a = e00[c], b = e01[c], d = e10[c], f = e11[c];
    const float left = a + d, right = b + f, left_less = a - d, right_less = b - f;
    out[0 * apart + c] = a;
    out[1 * apart + c] = a + b;
    out[2 * apart + c] = a - b;
    out[3 * apart + c] = -b;
    out[4 * apart + c] = left;
    out[5 * apart + c] = left + right;
    out[6 * apart + c] = left - right;
    out[7 * apart + c] = -right;
    out[8 * apart + c] = left_less;
    out[9 * apart + c] = left_less + right_less;
    out[10 * apart + c] = left_less - right_less;
    out[11 * apart + c] = -right_less;
    out[12 * apart + c] = -d;
    out[13 * apart + c] = -d - f;
    out[14 * apart + c] = f - d;
    out[15 * apart + c] = f;
  }
}

// Puts into places what `count` tiles from `first` on have of rows [n * h * w, out].
void ErrorPlaces(const at::Tensor& rows, const Tiling& tiling, std::int64_t first,
                 std::int64_t count, Places& places) {
  const std::int64_t out = rows.size(1);
  const std::vector<float> zeros(static_cast<std::size_t>(out));
  const float* const from = rows.const_data_ptr<float>();
  at::parallel_for(0, count, kWorthAThread, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const Tile tile(tiling, first + i);
      const float* errors[kStep * kStep];
      for (std::int64_t p = 0; p < kStep * kStep; ++p) {
        const std::int64_t at = tiling.OutputOf(tile, p);
        errors[p] = at < 0 ? zeros.data() : from + at * out;
      }
      TransformErrors(errors[0], errors[1], errors[2], errors[3], out, places.apart(),
                      places.Of(i));
    }
  });
}

// G^T m G of `count` kernels' places, `plane` apart: their nine values [count, 9].
PLASTICITY_VECTORIZED
void TransformGradients(const float* __restrict m, std::int64_t count, std::int64_t plane,
                        float* __restrict w) {
  float row[3][4][kKernels] = {}, at[9][kKernels];
  for (std::int64_t j = 0; j < 4; ++j) {
    const float *const m0 = m + j * plane, *const m1 = m0 + 4 * plane, *const m2 = m1 + 4 * plane,
                       *const m3 = m2 + 4 * plane;
    for (std::int64_t k = 0; k < count; ++k) {
      const float sum = .5F * (m1[k] + m2[k]);
      row[0][j][k] = m0[k] + sum;
      row[1][j][k] = .5F * (m1[k] - m2[k]);
      row[2][j][k] = sum + m3[k];
    }
  }
  for (std::int64_t i = 0; i < 3; ++i) {
    const auto& of = row[i];
    for (std::int64_t k = 0; k < kKernels; ++k) {
      const float sum = .5F * (of[1][k] + of[2][k]);
      at[3 * i][k] = of[0][k] + sum;
      at[3 * i + 1][k] = .5F * (of[1][k] - of[2][k]);
      at[3 * i + 2][k] = sum + of[3][k];
    }
  }
  for (std::int64_t k = 0; k < count; ++k)
    for (int j = 0; j < 9; ++j) w[9 * k + j] = at[j][k];
}

// Of places [16, out, in]: [out, in, 3, 3].
at::Tensor Gradients(const at::Tensor& places) {
  const std::int64_t out = places.size(1), in = places.size(2), plane = out * in;
  at::Tensor gradient = at::empty({out, in, 3, 3}, places.options());
  const float* const from = places.const_data_ptr<float>();
  float* const to = gradient.data_ptr<float>();
  at::parallel_for(0, out, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin * in; k < end * in; k += kKernels)
      TransformGradients(from + k, std::min(kKernels, end * in - k), plane, to + 9 * k);
  });
  return gradient;
}

}  // namespace

bool WinogradHelps(const at::Tensor& x, const at::Tensor& weight, std::int64_t stride) {
  // Fitted to bench/hebbian_bench on one processor: what is saved grows with the product of the
  // channels, what tiles cost with their sum, and what transformed kernels cost not with the tiles.
  constexpr std::int64_t kManyChannels = 60, kManyTiles = 64;
  constexpr std::int64_t kWhole = 32;  // channels, or some would be summed one by one
  if (!x.is_cpu() || x.scalar_type() != at::kFloat || weight.scalar_type() != at::kFloat ||
      stride != 1 || weight.size(2) != 3 || weight.size(3) != 3)
    return false;
  const std::int64_t out = weight.size(0), in = weight.size(1);
  return out % kWhole == 0 && in % kWhole == 0 && out * in >= kManyChannels * (out + in) &&
         Tiling(x.size(0), x.size(2) - 2, x.size(3) - 2).tiles() >= kManyTiles;
}

at::Tensor WinogradConvolution(const at::Tensor& x, const at::Tensor& weight,
                               const at::Tensor& bias) {
  RECORD_FUNCTION("plasticity::winograd_convolution", std::vector<c10::IValue>({x, weight}));
  const std::int64_t out = weight.size(0), in = weight.size(1);
  const Tiling tiling(x.size(0), x.size(2) - 2, x.size(3) - 2);
  const at::Tensor images = x.contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor filters = FilterPlaces(weight).transpose(1, 2);  // [16, in, out]
  const at::Tensor shift = bias.defined() ? bias.contiguous() : at::zeros({out}, x.options());
  at::Tensor y = at::empty({tiling.images, out, tiling.height, tiling.width}, x.options(),
                           at::MemoryFormat::ChannelsLast);
  const std::int64_t at_once = std::min(kTilesAtOnce, tiling.tiles());
  Places places(at_once, in, x.options());
  std::vector<at::Tensor> products(kPlaces);
  for (std::int64_t first = 0; first < tiling.tiles(); first += at_once) {
    const std::int64_t count = std::min(at_once, tiling.tiles() - first);
    InputPlaces(images, tiling, first, count, places);
    for (std::int64_t p = 0; p < kPlaces; ++p) {
      products[static_cast<std::size_t>(p)] =
          MatrixProduct(places.At(p, count), filters.select(0, p)).contiguous();
    }
    Outputs(products, shift, tiling, first, count, y);
  }
  return y;
}

at::Tensor WinogradWeightGradient(const at::Tensor& x, const at::Tensor& rows) {
  RECORD_FUNCTION("plasticity::winograd_weight_gradient", std::vector<c10::IValue>({x, rows}));
  const std::int64_t out = rows.size(1), in = x.size(1);
  const Tiling tiling(x.size(0), x.size(2) - 2, x.size(3) - 2);
  const at::Tensor images = x.contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor errors = rows.contiguous();
  const std::int64_t at_once = std::min(kTilesAtOnce, tiling.tiles());
  Places places(at_once, in, x.options()), error_places(at_once, out, x.options());
  at::Tensor sums = at::empty({kPlaces, out, in}, x.options());
  for (std::int64_t first = 0; first < tiling.tiles(); first += at_once) {
    const std::int64_t count = std::min(at_once, tiling.tiles() - first);
    InputPlaces(images, tiling, first, count, places);
    ErrorPlaces(errors, tiling, first, count, error_places);
    for (std::int64_t p = 0; p < kPlaces; ++p)
      AddOuterProducts(sums.select(0, p), error_places.At(p, count), places.At(p, count),
                       first > 0 ? 1 : 0, 1);
  }
  return Gradients(sums);
}

}  // namespace plasticity
