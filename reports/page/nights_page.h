#pragma once

#include "reports/page/parts.h"
#include "suite/base/result.h"

namespace plasticity {

/// Where that page is, from the site's root.
inline constexpr char kNightsAddress[] = "nights.html";

/// The page of what rows were in each of several nights, oldest first: the last nights as a table,
/// all of them as a chart a row.
std::string NightsPage(const Place& place, const std::vector<std::vector<Result>>& nights);

}  // namespace plasticity
