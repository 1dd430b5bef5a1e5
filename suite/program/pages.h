#pragma once

#include <string>

#include "suite/rule.h"
#include "suite/task.h"

namespace plasticity {

/// Every rule of `registry` in Markdown, from what it says of itself: a table of all, then a
/// section for each. docs/rules.md is this page.
std::string RulePage(const Registry<Rule>& registry);

/// Every task of `registry` likewise: docs/tasks.md.
std::string TaskPage(const Registry<Task>& registry);

/// Every part of another kind likewise, from its facts: docs/strategies.md, docs/scenarios.md and
/// docs/readouts.md.
std::string PartsPage(const KindRegistry& registry);

}  // namespace plasticity
