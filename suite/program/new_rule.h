#pragma once

#include <filesystem>
#include <functional>
#include <ostream>
#include <string>

namespace plasticity {

/// `plasticity new-rule NAME`: writes the folder `parent`/NAME with a working rule, its build, its
/// test and a README, whole or not at all. `package` is the folder of the plasticityConfig.cmake
/// that the build shall find, `program` this program; `taken` says whether a rule has that name.
/// Throws InputError for a name that will not do.
void NewRule(const std::string& name, const std::filesystem::path& parent,
             const std::filesystem::path& package, const std::filesystem::path& program,
             const std::function<bool(const std::string&)>& taken, std::ostream& out);

}  // namespace plasticity
