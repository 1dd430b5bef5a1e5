#pragma once

#include <string>

#include "suite/base/result.h"

namespace plasticity {

/// The command line that asks for the same cell again: every parameter is named, so that it does
/// not hang on defaults. What a command line cannot name (a network's layers, a plugin's place) it
/// takes from files of the same names.
std::string RunCommandOf(const Result& result);

}  // namespace plasticity
