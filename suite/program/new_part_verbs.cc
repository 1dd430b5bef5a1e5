#include <iostream>

#include "suite/base/error.h"
#include "suite/base/verb.h"
#include "suite/program/engine.h"
#include "suite/program/new_part.h"

namespace plasticity {
namespace {

// Writing a part needs no LibTorch; where the engine does load, it knows the names that are taken.
bool IsTaken(const std::string& kind, const std::string& name) {
  try {
    return Engine().has_part(kind, name);
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

int Write(const NewPartCommand& command) {
  NewPart(
      command, {.package = Package(), .program = Program()},
      [&](const std::string& name) { return IsTaken(command.kind, name); }, std::cout);
  return 0;
}

class NewRuleVerb final : public Verb {
 public:
  std::vector<Option> Options() override {
    return {{"name", &command_.name, "The rule's name, such as my_rule", Given::kAlways},
            {"--base", &command_.base,
             "hebbian (dW = A^T X - R W), local-loss (a loss a block) or whole-network"},
            {"--stateful", &command_.stateful, "A rule that keeps state of its own between steps"},
            {"--output,-o", &command_.parent, "Folder to write the folder into"}};
  }
  int Run() override { return Write(command_); }

 private:
  NewPartCommand command_{.kind = "rule", .name = "", .base = "hebbian"};
};
const bool new_rule =
    AddVerb<NewRuleVerb>("new-rule", "Write a folder with a rule of your own, ready to build");

class NewStrategyVerb final : public Verb {
 public:
  std::vector<Option> Options() override {
    return {
        {"name", &command_.name, "The strategy's name, such as my_strategy", Given::kAlways},
        {"--base", &command_.base, "penalty (weights are held) or replay (images are remembered)"},
        {"--output,-o", &command_.parent, "Folder to write the folder into"}};
  }
  int Run() override { return Write(command_); }

 private:
  NewPartCommand command_{.kind = "strategy", .name = "", .base = "penalty"};
};
const bool new_strategy = AddVerb<NewStrategyVerb>(
    "new-strategy", "Write a folder with a continual-learning strategy of your own");

}  // namespace
}  // namespace plasticity
