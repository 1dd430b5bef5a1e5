#pragma once

#include <cstdint>

#include "suite/ops/panel_product.h"
#include "suite/ops/precision.h"

namespace plasticity {

// What Winograd's F(4 x 4, 3 x 3) does within a tile, sixteen channels or kernels at a time: B^T d
// B of pixels d, G w G^T of kernels w, A^T m A of products m (Lavin & Gray 2016, equation 8), and
// the transposes of the last two, by which the kernels' gradient comes. The points of its
// polynomials are 0, +-sqrt(1/2), +-sqrt(2) and infinity, since points with their inverses lose
// less than 0, +-1 and +-2 (Barabasz et al. 2020, arXiv 1803.10986). With a precision of bfloat16,
// d, w and errors are rounded to it first, outputs and gradients last.

constexpr std::int64_t kTile = 6;                     ///< pixels a side that a tile reads
constexpr std::int64_t kStep = 4;                     ///< outputs a side that it makes
constexpr std::int64_t kKernel = 3;                   ///< weights a side of a kernel
constexpr std::int64_t kPlaces = kTile * kTile;       ///< products of a tile
constexpr std::int64_t kOutputs = kStep * kStep;      ///< of a tile
constexpr std::int64_t kWeights = kKernel * kKernel;  ///< of a kernel

/// Of a tile's 36 pixels, `channels` behind each pointer: 36 places, `apart`; channels in sixteens,
/// `next` behind one another.
void TransformInput(const float* const* pixels, std::int64_t channels, float* to,
                    std::int64_t apart, std::int64_t next, Precision precision);

/// Likewise of the errors of a tile's 16 outputs.
void TransformErrors(const float* const* errors, std::int64_t channels, float* to,
                     std::int64_t apart, std::int64_t next, Precision precision);

/// Of kernels [kPanel, 3, 3, in]: 36 places [in, kPanel], `apart`.
void TransformKernels(const float* kernels, std::int64_t in, float* to, std::int64_t apart,
                      Precision precision);

/// Of a tile's 36 products, `apart`, and `bias`: its 16 outputs, where there is one; kPanel
/// channels of each.
void TransformProducts(const float* products, std::int64_t apart, const float* bias,
                       float* const* outputs, Precision precision);

/// Of 36 sums [kPanel, kPanel], `apart`, over tiles of products of errors and pixels: the gradients
/// of kPanel kernels [3, 3, in], for kPanel of their inputs.
void TransformSums(const float* sums, std::int64_t apart, std::int64_t in, float* to,
                   Precision precision);

}  // namespace plasticity
