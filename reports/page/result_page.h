#pragma once

#include "reports/page/parts.h"

namespace plasticity {

/// The page of one cell: what was said of it, what makes it hard to believe (`suspicions`), what it
/// measured, its records, what was asked, where it ran, and the command that asks for it again.
/// `board` is the anchor of its board on the task's page.
std::string ResultPage(const Place& place, const Result& result, const std::string& board,
                       const std::vector<std::string>& suspicions);

}  // namespace plasticity
