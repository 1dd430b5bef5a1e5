// The golden cases of reports/statistics.
#pragma once

#include "tests/golden/case.h"

namespace plasticity {

Tensors BayesCorrelatedCase(const Case& given);
Tensors BayesSignedRankCase(const Case& given);
Tensors BootstrapCase(const Case& given);
Tensors CriticalDifferenceCase(const Case& given);
Tensors DistributionsCase(const Case& given);
Tensors EffectSizeCase(const Case& given);
Tensors FriedmanCase(const Case& given);
Tensors HolmFamilyCase(const Case& given);
Tensors ImanDavenportCase(const Case& given);
Tensors InterquartileCase(const Case& given);
Tensors McNemarCase(const Case& given);
Tensors PairedTCase(const Case& given);
Tensors PredictionBandCase(const Case& given);
Tensors SignFlipCase(const Case& given);
Tensors StudentIntervals(const Case& given);
Tensors TostCase(const Case& given);
Tensors WilcoxonCase(const Case& given);

}  // namespace plasticity
