#pragma once

#include <ATen/core/Tensor.h>

#include "suite/program/commands.h"

namespace plasticity {

/// Writes the features and labels of both splits, as the kept network of a Result gives them, and
/// compares them with another's by linear CKA. Throws InputError where neither is asked for, where
/// a Result keeps no network, and where its data are not here.
void WriteFeatures(const FeaturesCommand& command, at::Device device);

}  // namespace plasticity
