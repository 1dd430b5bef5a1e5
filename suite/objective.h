#pragma once

#include <ATen/core/Tensor.h>

#include "suite/batch.h"

namespace plasticity {

/// Scores [n, classes] with minus infinity where `candidates` (as in Batch) has no class; the
/// scores themselves where it is undefined.
at::Tensor AmongCandidates(const at::Tensor& scores, const at::Tensor& candidates);

/// What labels ask of scores: the only place with a cross-entropy. Rules and readouts that use
/// labels ask theirs, so that a mask of candidates, and what a strategy adds, reaches all of them.
class Objective {
 public:
  virtual ~Objective() = default;

  /// The mean cross-entropy of scores [n, classes] against the batch's labels, among its
  /// candidates; scalar, nats.
  at::Tensor LabelLoss(const at::Tensor& scores, const Batch& batch) const;

  /// What a head that ends in these scores descends: LabelLoss, to which a strategy may add (a
  /// distillation, say).
  virtual at::Tensor Loss(const at::Tensor& scores, const Batch& batch) const {
    return LabelLoss(scores, batch);
  }

  /// Loss and its gradient with respect to the scores.
  struct Slope {
    at::Tensor loss;   ///< scalar, detached
    at::Tensor error;  ///< [n, classes]; of LabelLoss: (softmax - one-hot) / n
  };
  /// Loss at these scores, and how it rises with each.
  Slope SlopeAt(const at::Tensor& scores, const Batch& batch) const;

  /// LabelLoss alone.
  static const Objective& Plain();
};

}  // namespace plasticity
