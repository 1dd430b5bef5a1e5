// The golden cases of strategies that hold weights or outputs in place.
#pragma once

#include "tests/golden/case.h"

namespace plasticity {

Tensors DistillationCase(const Case& given);
Tensors EwcCase(const Case& given);
Tensors MasCase(const Case& given);
Tensors OnlineEwcCase(const Case& given);
Tensors SiCase(const Case& given);

}  // namespace plasticity
