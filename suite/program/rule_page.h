#pragma once

#include <string>

#include "suite/rule.h"

namespace plasticity {

/// Every rule of `registry` in Markdown, from what it says of itself: a table of all, then a
/// section for each. docs/rules.md is this page.
std::string RulePage(const Registry<Rule>& registry);

}  // namespace plasticity
