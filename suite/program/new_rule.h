#pragma once

#include <filesystem>
#include <functional>
#include <ostream>
#include <string>

namespace plasticity {

/// What `plasticity new-rule` is asked for.
struct NewRuleCommand {
  std::string name;
  std::string base = "hebbian";  ///< hebbian, local-loss or whole-network
  bool stateful = false;         ///< the rule keeps state of its own between steps
  std::filesystem::path parent = ".";
};

/// Where a new rule finds what it needs.
struct NewRulePlaces {
  std::filesystem::path package;  ///< the folder of the plasticityConfig.cmake that the build finds
  std::filesystem::path program;  ///< this program
};

/// `plasticity new-rule NAME`: writes the folder `parent`/NAME with a working rule, its build, its
/// test, a plan for a first look and a README, whole or not at all. `taken` says whether a rule has
/// that name. Throws InputError for a name or base that will not do.
void NewRule(const NewRuleCommand& command, const NewRulePlaces& places,
             const std::function<bool(const std::string&)>& taken, std::ostream& out);

}  // namespace plasticity
