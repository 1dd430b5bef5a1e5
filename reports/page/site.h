#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "reports/result_set.h"

namespace plasticity {

/// A static site: the content of every file by its path below the site's folder.
using Site = std::map<std::string, std::string>;

/// The pages of these Results: an index of all boards, a page a task, a rule and a Result.
/// `command` is the command line that makes it, for the footers.
Site MakeSite(const ResultSet& results, const std::string& command);

/// Makes `folder` hold this site and nothing else, whole or not at all. It must not be there, be
/// empty, or hold a site that was written like this and nothing else; InputError otherwise.
void WriteSite(const Site& site, const std::filesystem::path& folder);

}  // namespace plasticity
