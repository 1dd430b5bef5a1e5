// The golden cases of what is read from a stream: readouts that grow, masks, metrics.
#pragma once

#include "tests/golden/case.h"

namespace plasticity {

Tensors AnytimeCase(const Case& given);
Tensors ContinualMetricsCase(const Case& given);
Tensors FlyCase(const Case& given);
Tensors MaskCase(const Case& given);
Tensors RandomProjectionCase(const Case& given);
Tensors StreamingLdaCase(const Case& given);

}  // namespace plasticity
