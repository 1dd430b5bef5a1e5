#pragma once

#include <ATen/core/Tensor.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "suite/program/commands.h"

namespace plasticity {

/// Tunes the rule of each of these settings and writes RULE.tuned.json for it. Of several, one that
/// cannot be tuned is passed over with its reason. Returns the exit code.
int TuneRules(const TuneCommand& command, const std::vector<nlohmann::json>& settings,
              at::Device device);

}  // namespace plasticity
