#pragma once

#include <ATen/core/Tensor.h>

#include "suite/ops/max_pool.h"

namespace plasticity {

/// What normalises a channel of a batch (Ioffe & Szegedy 2015).
struct BatchStatistics {
  at::Tensor gain;        ///< [channels], or undefined: 1
  at::Tensor shift;       ///< [channels], or undefined: 0
  at::Tensor mean;        ///< running, [channels]
  at::Tensor variance;    ///< running, [channels]
  double momentum = 0.1;  ///< weight of the newest batch in the running ones
  double epsilon = 1e-5;  ///< added to the variance
};

/// MaxPool of at::batch_norm of x [n, c, h, w]; `own`: by the batch's own statistics, and the
/// running ones follow. On the CPU, for channels-last float32, what is normalised is what the
/// pooling keeps, since a channel's normalisation never changes which value is largest (or
/// smallest, under a gain below 0): x is read once for its statistics and once for its maxima, and
/// once in the backward pass, which writes the error at x and nothing else of x's size.
at::Tensor NormPool(const at::Tensor& x, const BatchStatistics& statistics, bool own,
                    const Window& window);

}  // namespace plasticity
