#pragma once

#include <ATen/core/Tensor.h>

#include "suite/engine/cell.h"

namespace plasticity {

/// Seconds that a cell is likely to take here: its task's script, run over a lab in which every
/// stage takes a few steps and tells how long all of them would take. Throws what the cell itself
/// would throw at its beginning.
double EstimateSeconds(const Cell& cell, at::Device device);

}  // namespace plasticity
