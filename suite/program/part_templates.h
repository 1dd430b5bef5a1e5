#pragma once

#include <map>
#include <string>

namespace plasticity {

/// The files of suite/program/templates by their names, as `new-rule` and `new-strategy` fill them
/// in: C++ that names a rule my_rule and its class MyRule, a strategy my_strategy and MyStrategy,
/// with lines for rules that keep state between #if STATEFUL and #endif.
const std::map<std::string, std::string>& PartTemplates();

}  // namespace plasticity
