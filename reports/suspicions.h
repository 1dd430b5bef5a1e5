#pragma once

#include <map>
#include <string>
#include <vector>

#include "reports/result_set.h"

namespace plasticity {

/// What makes a Result too good to be true, a sentence each without a full stop: a leak or an error
/// is likelier. This looks at nothing but the Result.
std::vector<std::string> SuspicionsOf(const Result& result);

/// Sentences on cells, by run id.
using Suspicions = std::map<std::string, std::vector<std::string>>;

/// SuspicionsOf each of the board's cells that count, and what only shows beside the other cells.
Suspicions SuspicionsOn(const Board& board);

/// SuspicionsOn the board for readers, seeds of one row that share a sentence together:
/// "Suspicious: oja, seeds 1-3: 12.0 points better in accuracy.test than the ceiling backprop."
std::vector<std::string> SuspicionNotes(const Board& board);

}  // namespace plasticity
