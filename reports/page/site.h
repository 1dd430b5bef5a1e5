#pragma once

#include <string>

#include "reports/result_set.h"
#include "suite/base/output_folder.h"

namespace plasticity {

/// A static site of these Results: an index of all boards, a page a task, a rule and a Result.
/// `command` is the command line that makes it, for the footers. Earlier nights, oldest first, add
/// a page of what rows were in each, and are now.
FolderFiles MakeSite(const ResultSet& results, const std::string& command,
                     std::vector<std::vector<Result>> nights = {});

}  // namespace plasticity
