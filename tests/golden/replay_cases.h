// The golden cases of replay and gradient memories.
#pragma once

#include "tests/golden/case.h"

namespace plasticity {

Tensors AsymmetricReplayCase(const Case& given);
Tensors AveragedGradientMemoryCase(const Case& given);
Tensors DarkReplayCase(const Case& given);
Tensors GradientMemoryCase(const Case& given);
Tensors HerdingCase(const Case& given);
Tensors IcarlLossCase(const Case& given);

}  // namespace plasticity
