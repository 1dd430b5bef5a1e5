#pragma once

#include <string>
#include <vector>

#include "suite/base/result.h"

namespace plasticity {

/// "withdrawn on 2026-01-31", "note of 2026-01-31": what kind of note it is, and of which day.
std::string KindAndDay(const Note& note);

/// A sentence for each thing that was said of these cells of a row, oldest first; seeds of which
/// the same was said share one: "softhebb, seeds 1-3, withdrawn on 2026-01-31: a wrong split."
std::vector<std::string> NotesOn(const std::string& label, const std::vector<const Result*>& cells);

/// NotesOn of nothing but what withdraws a cell.
std::vector<std::string> WithdrawalsOf(const std::string& label,
                                       const std::vector<const Result*>& cells);

}  // namespace plasticity
