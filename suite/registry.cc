#include "suite/registry.h"

#include "suite/base/error.h"
#include "suite/base/text.h"

namespace plasticity {

void KindRegistry::Check() const {
  const std::string name(kind_.name);
  if (Names().empty()) throw RunError("no " + name + " is registered: this build is broken.");
  for (const std::string& part : Names()) CheckName(kind_, part);
  if (!duplicates_.empty()) {
    throw RunError("two " + std::string(kind_.plural) + " are named '" + Join(duplicates_, "', '") +
                   "'.");
  }
  if (!faults_.empty()) throw RunError(Join(faults_, "; ") + ".");
}

void KindRegistry::ThrowUnknown(const std::string& name) const {
  const std::vector<std::string> names = Names();
  throw UnknownName("no " + std::string(kind_.name) + " named '" + name + "'." +
                    NearestHint(name, names) + " `plasticity list " + std::string(kind_.plural) +
                    "` shows all " + std::to_string(names.size()) + ".");
}

void KindRegistry::RethrowFromConstructor(const std::string& name) const {
  try {
    throw;
  } catch (const Error&) {
    throw;
  } catch (...) {
    throw RunError(std::string(kind_.name) + " " + name + ": its constructor " + WhatItThrows());
  }
}

}  // namespace plasticity
