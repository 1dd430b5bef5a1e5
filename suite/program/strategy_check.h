#pragma once

#include <functional>
#include <string>

#include "suite/program/conformance.h"

namespace plasticity {

/// Holds a strategy to what every strategy must keep, on a short stream of gratings under one rule
/// of each kind: the ceiling, one that descends a loss without labels, one with a direction of its
/// own, the floor. Each of them in a process of its own, which may crash, where `in_children`.
/// Tells `report` of each finding as soon as it is there, with what was promised;
/// Finding::network is the rule's name. Never throws on a broken promise.
void CheckStrategy(
    const std::string& strategy, bool in_children,
    const std::function<void(const std::string& promise, const Finding& finding)>& report);

}  // namespace plasticity
