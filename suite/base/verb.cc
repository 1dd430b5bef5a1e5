#include "suite/base/verb.h"

namespace plasticity {

std::map<std::string, VerbEntry>& Verbs() {
  static std::map<std::string, VerbEntry> verbs;
  return verbs;
}

bool AddVerbGroup(const std::string& name, const std::string& summary) {
  return Verbs().insert({name, {summary, nullptr}}).second;
}

}  // namespace plasticity
