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
    return {{"name", &command_.name, "The rule's name, such as my_rule", Given::kAlways},
            {"--base", &command_.base,
             "hebbian (dW = A^T X - R W), local-loss (a loss a block) or whole-network"},
            {"--stateful", &command_.stateful, "A rule that keeps state of its own between steps"},
            {"--output", &command_.parent, "Folder to write the folder into"}};
  }

  int Run() override {
    NewRule(command_, {.package = Package(), .program = Program()}, &RuleIsTaken, std::cout);
    return 0;
  }

 private:
  NewRuleCommand command_;
};
const bool added =
    AddVerb<NewRuleVerb>("new-rule", "Write a folder with a rule of your own, ready to build");

}  // namespace
}  // namespace plasticity
