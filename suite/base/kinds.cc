#include "suite/base/kinds.h"

#include <regex>
#include <set>

#include "suite/base/error.h"

namespace plasticity {

void CheckName(const Kind& kind, const std::string& name) {
  // A strategy may be another's improvement, as DER++ is DER's.
  static const std::regex allowed("[a-z][a-z0-9]*([_-][a-z0-9]+)*");
  static const std::regex improved("[a-z][a-z0-9]*([_-][a-z0-9]+)*\\+\\+");
  const std::string refused = "a " + std::string(kind.name) + " cannot be named '" + name + "': ";
  const bool strategy = std::string(kind.name) == "strategy";
  if (!std::regex_match(name, allowed) && !(strategy && std::regex_match(name, improved))) {
    throw InputError(refused +
                     "lower-case letters and digits in words joined by _ or -, such as my_" +
                     std::string(kind.name) + ".");
  }
  // `check all` and a plan's "rules": "all"; and CMake's targets, since a library is named like its
  // rule.
  static const std::set<std::string> reserved = {"all",     "clean",   "edit_cache",    "help",
                                                 "install", "package", "rebuild_cache", "test"};
  if (reserved.count(name) > 0) {
    throw InputError(refused +
                     "the word means something to the program or the build. Choose another name.");
  }
}

}  // namespace plasticity
