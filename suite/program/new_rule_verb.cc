#include <iostream>

#include "suite/base/error.h"
#include "suite/base/verb.h"
#include "suite/program/engine.h"
#include "suite/program/new_rule.h"

namespace plasticity {
namespace {

// Writing a rule needs no LibTorch; where the engine does load, it knows the names that are taken.
bool RuleIsTaken(const std::string& name) {
  try {
    return Engine().has_rule(name);
  } catch (const RunError&) {
    return false;
  }
}

// The folder of plasticityConfig.cmake: the build tree's, or the installation's.
std::filesystem::path Package() {
  const std::filesystem::path folder = Program().parent_path();
  return std::filesystem::exists(folder / "plasticityConfig.cmake")
             ? folder
             : folder.parent_path() / "lib" / "cmake" / "plasticity";
}

class NewRuleVerb final : public Verb {
 public:
  std::vector<Option> Options() override {
    return {{"name", &name_, "The rule's name, such as my_rule", Given::kAlways},
            {"--output", &parent_, "Folder to write the folder into"}};
  }

  int Run() override {
    NewRule(name_, parent_, Package(), Program(), &RuleIsTaken, std::cout);
    return 0;
  }

 private:
  std::string name_;
  std::filesystem::path parent_ = ".";
};
const bool added =
    AddVerb<NewRuleVerb>("new-rule", "Write a folder with a rule of your own, ready to build");

}  // namespace
}  // namespace plasticity
