// The golden cases of strategies that keep weights plastic, or from being overwritten.
#pragma once

#include "tests/golden/case.h"

namespace plasticity {

Tensors ContinualBackpropCase(const Case& given);
Tensors HlopCase(const Case& given);

}  // namespace plasticity
