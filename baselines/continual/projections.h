#pragma once

#include <ATen/core/Tensor.h>

#include "suite/learner.h"

namespace plasticity {

/// All directions of what the learner is about to take, as one row [parameters].
at::Tensor Directions(Learner& learner);
/// Puts such a row back in their place.
void SetDirections(Learner& learner, const at::Tensor& directions);

/// A row without its part along `memory`, both [parameters].
at::Tensor WithoutPartAlong(const at::Tensor& direction, const at::Tensor& memory);
/// A-GEM's: the same where the two disagree, which is to say that their product is negative; else
/// the direction itself.
at::Tensor Agreeing(const at::Tensor& direction, const at::Tensor& memory);

/// GEM's multipliers, float64 [memories]: v that makes 1/2 v'(MM' + ridge I)v + (Mg)'v least with
/// every v at least `margin`; M is `memories` [memories, parameters], g `direction`. Exact, by
/// active sets (Lawson & Hanson 1974).
at::Tensor Multipliers(const at::Tensor& direction, const at::Tensor& memories, double margin,
                       double ridge);
/// GEM's: the direction plus v'M where it disagrees with any of the memories; else itself.
at::Tensor AgreeingWithAll(const at::Tensor& direction, const at::Tensor& memories, double margin,
                           double ridge);

}  // namespace plasticity
