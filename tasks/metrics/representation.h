#pragma once

#include <ATen/core/Tensor.h>

namespace plasticity {

/// How many directions activations use, of m [samples, units].
struct Dimensions {
  double effective_rank = 0;       ///< exp of the entropy of the singular values' shares (Roy &
                                   ///< Vetterli 2007); not centred
  double participation_ratio = 0;  ///< (sum l)^2 / sum l^2 of the covariance's eigenvalues; NaN
                                   ///< where nothing varies
  double stable_rank = 0;          ///< |m|_F^2 / |m|_2^2; not centred
};
/// NaN where m is zero.
Dimensions DimensionsOf(const at::Tensor& m);

/// Their effective rank alone, in less than half the time.
double EffectiveRank(const at::Tensor& m);

/// How much units say at all, of m [samples, units].
struct Silence {
  double dead = 0;      ///< share of units that are zero for every sample
  double dormant = 0;   ///< share of units that are zero for more than 99 % of the samples; Dohare
                        ///< et al. 2024 (their code, post_run_analysis.py)
  double sparsity = 0;  ///< share of zeros among all values
};
/// What m's zeros tell. What is less than a millionth of the largest value is rounding, and zero.
Silence SilenceOf(const at::Tensor& m);

/// The cosine of the angle between two directions of one shape, of any; NaN where one is zero.
double Cosine(const at::Tensor& a, const at::Tensor& b);
/// The angle of that cosine, in degrees; NaN for NaN.
double Degrees(double cosine);

}  // namespace plasticity
