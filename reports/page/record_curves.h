#pragma once

#include <string>
#include <utility>
#include <vector>

#include "reports/figure.h"
#include "suite/base/result.h"

namespace plasticity {

/// Whether the record is a curve: two values or more along one axis on which learning goes on.
bool IsCurve(const Record& record);

/// These curves, which are of one name and one axis, as a figure: a series each, with its label,
/// from x = 1 on. At least one.
Figure RecordFigure(const std::string& title,
                    const std::vector<std::pair<std::string, const Record*>>& curves);

}  // namespace plasticity
