#pragma once

#include <map>

#include "suite/base/result.h"

namespace plasticity {

/// Accuracy by the images learned from so far, of a cell that was looked at while it learned
/// (records look.images and look.accuracy); empty of any other.
std::map<double, double> LooksOf(const Result& result);

}  // namespace plasticity
