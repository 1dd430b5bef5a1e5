// The golden cases of tasks: metrics, corruptions, attacks, decoders.
#pragma once

#include "tests/golden/case.h"

namespace plasticity {

Tensors AnglesCase(const Case& given);
Tensors AttacksCase(const Case& given);
Tensors CalibrationCase(const Case& given);
Tensors CorruptionsCase(const Case& given);
Tensors DecoderCase(const Case& given);
Tensors DimensionsCase(const Case& given);
Tensors ImageQualityCase(const Case& given);
Tensors LinearCkaCase(const Case& given);
Tensors TopFiveCase(const Case& given);

}  // namespace plasticity
