#pragma once

#include <ATen/core/Tensor.h>

#include "suite/base/image_source.h"
#include "suite/program/commands.h"

namespace plasticity {

/// `plasticity plan`: reads it, tells what it is likely to take, and has an executor run its cells.
/// Returns the exit code; throws Error.
int RunPlan(const PlanCommand& command, at::Device device);

/// Prints a line on a data set that was found.
void SayData(const Dataset& data);

}  // namespace plasticity
