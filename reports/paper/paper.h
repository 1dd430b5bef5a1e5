#pragma once

#include <string>

#include "reports/result_set.h"
#include "suite/base/output_folder.h"

namespace plasticity {

/// What a paper needs of these Results: `tables/` in LaTeX, a file a task and one for each layout
/// that compares tasks, costs and claims; `figures/` as PDF; `references.bib` with what they cite;
/// and `main.tex`, an article that has all of it and compiles. `command` is the command line that
/// makes it, for comments. Throws InputError where gnuplot, which draws the figures, is missing.
FolderFiles MakePaper(const ResultSet& results, const std::string& command);

}  // namespace plasticity
