#pragma once

#include <vector>

#include "reports/figure.h"

namespace plasticity {

/// Those of `wanted`, the most important first, that find room beside their points: no text lies
/// over another, over a point, or outside. The figure's axes have a low and a high.
std::vector<Mark> PlaceMarks(const Figure& figure, const std::vector<Mark>& wanted);

}  // namespace plasticity
