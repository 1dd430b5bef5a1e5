#pragma once

#include <filesystem>
#include <functional>
#include <ostream>
#include <string>

namespace plasticity {

/// What `plasticity new-rule` or `plasticity new-strategy` is asked for.
struct NewPartCommand {
  std::string kind;  ///< "rule" or "strategy"
  std::string name;
  std::string base;  ///< of a rule: hebbian, local-loss or whole-network; of a strategy: penalty or
                     ///< replay
  bool stateful = false;  ///< the rule keeps state of its own between steps
  std::filesystem::path parent = ".";
};

/// Where it finds what it needs.
struct NewPartPlaces {
  std::filesystem::path package;  ///< the folder of the plasticityConfig.cmake that the build finds
  std::filesystem::path program;  ///< this program
};

/// Writes the folder `parent`/NAME with a working part, its build, its test, a plan for a first
/// look and a README, whole or not at all. `taken` says whether a part of the kind has that name.
/// Throws InputError for a name or base that will not do.
void NewPart(const NewPartCommand& command, const NewPartPlaces& places,
             const std::function<bool(const std::string&)>& taken, std::ostream& out);

}  // namespace plasticity
