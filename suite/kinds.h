#pragma once

#include <vector>

#include "suite/registry.h"

namespace plasticity {

/// The registries of all kinds of parts: what lists, describes, counts or checks parts walks them.
const std::vector<const KindRegistry*>& Kinds();

/// Checks every kind's registry; the first call of whoever uses them.
void CheckKinds();

}  // namespace plasticity
