#pragma once

#include <map>
#include <string>

namespace plasticity {

/// The files of suite/program/templates by their names, as `new-rule` fills them in: C++ that names
/// a rule my_rule and its class MyRule, with lines for rules that keep state between #if STATEFUL
/// and #endif.
const std::map<std::string, std::string>& RuleTemplates();

}  // namespace plasticity
