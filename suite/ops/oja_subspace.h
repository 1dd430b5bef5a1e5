#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "suite/state.h"

namespace plasticity {

/// Directions M [units, in] in which inputs lie, found by Oja's subspace rule dM = y^T (x - y M) /
/// n, y = x M^T, and held for good once more are added. M is only about orthonormal, so that M^T M
/// is only about a projection. Source: Xiao et al. 2024 (HLOP), as its code has it
/// (pkuxmq/HLOP-SNN, modules/hlop_module.py).
class OjaSubspace {
 public:
  /// How it learns.
  struct Settings {
    double learning_rate = 0.05;  ///< step size
    double momentum = 0.9;        ///< V = momentum V + (1 - momentum) dM; 0: none
    std::int64_t iterations = 5;  ///< steps on each batch
    double bound = 10;            ///< of each entry of dM
    double spike_scale = 4;       ///< the largest answer, where units answer in steps
    std::int64_t time_steps = 0;  ///< units answer in so many steps up to spike_scale, as spiking
                                  ///< ones do; 0: they answer y itself
  };

  OjaSubspace() = default;
  /// An empty one.
  explicit OjaSubspace(Settings settings) : settings_(settings) {}

  /// Holds what there is for good, and goes on from `rows` [units, in] as well.
  void Grow(const at::Tensor& rows);
  /// Moves the rows that Grow added last towards the directions of x [n, in] that the held ones
  /// leave.
  void Learn(const at::Tensor& x);

  /// y [n, units] of x [n, in].
  at::Tensor Answer(const at::Tensor& x) const;
  /// What the subspace leaves of x [n, in]: x - y M.
  at::Tensor Without(const at::Tensor& x) const;

  /// What it leaves of a weight's change [out, in], whatever its units answer with: change (I - M^T
  /// M).
  at::Tensor Projected(const at::Tensor& change) const;

  /// How many rows there are.
  std::int64_t units() const { return rows_.defined() ? rows_.size(0) : 0; }
  /// M [units, in]; undefined while it is empty.
  const at::Tensor& rows() const { return rows_; }
  /// V [units, in]; undefined while it is empty.
  const at::Tensor& momentum() const { return momentum_; }

  /// Rows, momentum, and how many are held.
  void Visit(StateVisitor& visitor);

 private:
  Settings settings_;
  at::Tensor rows_;
  at::Tensor momentum_;
  std::int64_t held_ = 0;
};

}  // namespace plasticity
