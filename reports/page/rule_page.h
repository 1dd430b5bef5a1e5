#pragma once

#include "reports/evidence.h"
#include "reports/page/parts.h"

namespace plasticity {

/// The rows of one rule, each with its board and the board's anchor.
struct RuleRow {
  const Board* board = nullptr;
  const Row* row = nullptr;
  std::string anchor;
};

/// The page of a rule: what it is, what is published of it, its cells and how they learned.
std::string RulePage(const Place& place, const std::string& rule, const std::vector<RuleRow>& rows,
                     const std::map<std::string, Evidence>& evidence);

}  // namespace plasticity
