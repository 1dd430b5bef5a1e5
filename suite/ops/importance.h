#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "suite/batch.h"

namespace plasticity {

/// What a network gives for a batch's images, [n, outputs]; gradients flow to its parameters.
using OutputsOf = std::function<at::Tensor(const Batch&)>;

/// Of whose likelihood a Fisher information is, and what of it is squared.
enum class FisherKind {
  kModel,      ///< of every label, each weighted by the model's probability of it: the definition
  kLabel,      ///< of the images' labels, an "empirical" one
  kPredicted,  ///< of the most likely labels
  kWeighted,   ///< of the images' labels, each weighted by the model's probability of it, and over
               ///< the images that whole batches would hold (mammoth)
  kBatch,      ///< the squares of batches' mean gradients of the label loss (Avalanche)
};

/// The diagonal of the Fisher information, a tensor for each parameter: the mean over the batch's
/// images (kBatch: over batches of `batch_size`, in order) of the squared gradient of the log
/// probability of a label, among the batch's candidates. Scores are first multiplied by `beta`.
/// Whether something trains a parameter does not matter.
std::vector<at::Tensor> FisherDiagonal(const OutputsOf& scores_of,
                                       const std::vector<at::Tensor>& parameters,
                                       const Batch& batch, FisherKind kind, std::int64_t batch_size,
                                       double beta = 1);

/// How far outputs are looked at by OutputSensitivity.
struct SensitivityOptions {
  std::int64_t batch_size = 1;  ///< images whose gradients are averaged before their absolute value
  bool squared = true;          ///< the norm's square is differentiated, or the norm itself
  bool whole_batches = false;   ///< a last smaller batch is left out
};

/// How much the outputs' norm changes with each parameter, a tensor for each: the mean over batches
/// of |gradient of the mean over the batch's images of |z|^2|.
std::vector<at::Tensor> OutputSensitivity(const OutputsOf& outputs_of,
                                          const std::vector<at::Tensor>& parameters,
                                          const Batch& batch, const SensitivityOptions& options);

/// Adds a step to a path: minus the gradient times the step, for each entry.
void AddToPath(at::Tensor& path, const at::Tensor& gradient, const at::Tensor& before,
               const at::Tensor& after);

/// How steeply a path went down a loss: `path` (minus the sum over steps of gradient times step)
/// over the square of the whole change plus `xi`, and at most `most`, where that is not 0.
at::Tensor PathImportance(const at::Tensor& path, const at::Tensor& change, double xi, double most);

/// A quadratic penalty on a weight: sum over entries of importance (weight - anchor)^2.
struct Quadratic {
  at::Tensor importance;  ///< undefined: no penalty
  at::Tensor anchor;      ///< of the same shape

  /// Half its gradient: importance (weight - anchor).
  at::Tensor Pull(const at::Tensor& weight) const;
};

/// The sum of two such penalties, as one and up to a constant: at the anchors' mean, weighted by
/// importance.
Quadratic Sum(const Quadratic& a, const Quadratic& b);

/// The sum of both importances, each times its share, at the fresh one's anchor. What was not held
/// had none.
Quadratic Renewed(const Quadratic& held, const Quadratic& fresh, double held_share = 1,
                  double fresh_share = 1);

}  // namespace plasticity
