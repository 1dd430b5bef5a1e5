#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "suite/task.h"

namespace plasticity {

/// How many independent answers each block's units give to normalised images [n, c, h, w]: the
/// participation ratio m^2 / sum_ij r_ij^2 of the correlations r between the m units' responses
/// (before the activation; of the first 1,024 units, at 20,000 positions or fewer). Between 1,
/// where all units say the same, and m; units with a constant response do not count.
std::vector<double> UnitDiversity(Network& network, const at::Tensor& images);

/// "unit_diversity.*", a value a block.
MetricInfo UnitDiversityMetric();

/// Records it for the first 200 of the samples.
void RecordUnitDiversity(Lab& lab, Learner& learner, const Samples& samples);

}  // namespace plasticity
