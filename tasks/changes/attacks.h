#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

namespace plasticity {

/// Class scores [n, classes] of images, through which gradients reach the images.
using Scorer = std::function<at::Tensor(const at::Tensor& images)>;

/// How an attack may change an image. Bounds are per value, of any shape that broadcasts to the
/// images'.
struct AttackBounds {
  at::Tensor radius;  ///< how far from the image
  at::Tensor low;     ///< the least that a value may be: black
  at::Tensor high;    ///< the most: white
};

/// Images that the loss climbs on: in every step by `share` of the radius along the sign of the
/// gradient of the mean cross-entropy, within the bounds. One step of share 1 is FGSM (Goodfellow
/// et al. 2015, arXiv 1412.6572); more, from the image itself, are PGD (Madry et al. 2018, arXiv
/// 1706.06083) as torchattacks has it without a random start.
at::Tensor Attacked(const at::Tensor& images, const at::Tensor& labels, const Scorer& scores,
                    const AttackBounds& bounds, std::int64_t steps, double share);

}  // namespace plasticity
