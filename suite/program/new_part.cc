#include "suite/program/new_part.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>
#include <vector>

#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/kinds.h"
#include "suite/base/text.h"
#include "suite/program/part_templates.h"

namespace plasticity {
namespace {

struct Base {
  std::string kind;   // of the part
  std::string name;   // of --base, and of its template
  std::string state;  // how a rule of this depth keeps state
};

const std::vector<Base>& Bases() {
  static const std::vector<Base> bases = {
      {"rule", "hebbian",
       "`InitialState(layer, index)` makes it, `activity.state.at(\"name\")` reads it, "
       "`Plasticity::state` replaces it; saved and loaded by itself"},
      {"rule", "local-loss",
       "`MakeModules(network, index)` makes what is trained with a block, "
       "`module(index, \"name\")` reads it; saved and loaded by itself"},
      {"rule", "whole-network",
       "made in `Attach`, saved and loaded by `Visit`: every tensor under a name"},
      {"strategy", "penalty", ""},
      {"strategy", "replay", ""}};
  return bases;
}

const Base& BaseNamed(const std::string& kind, const std::string& name) {
  std::vector<std::string> names;
  for (const Base& base : Bases()) {
    if (base.kind != kind) continue;
    if (base.name == name) return base;
    names.push_back(base.name);
  }
  throw InputError(fmt::format("--base {} is not allowed: {}.", name, Join(names, ", ")));
}

// my_rule as MyRule, which must not hide what a rule's file uses.
std::string ClassName(const std::string& name) {
  std::string words;
  bool starts = true;
  for (const char letter : name) {
    if (letter == '_' || letter == '-') {
      starts = true;
    } else {
      words +=
          starts ? static_cast<char>(std::toupper(static_cast<unsigned char>(letter))) : letter;
      starts = false;
    }
  }
  static const std::set<std::string> used = {
      "HebbianRule", "LocalLossRule", "Rule",         "RuleInfo",     "Params",
      "Network",     "Activity",      "Plasticity",   "Batch",        "StepReport",
      "Block",       "Progress",      "Linear",       "Objective",    "Locality",
      "Descent",     "Stream",        "StateVisitor", "Registry",     "NamedTensors",
      "Shape",       "Update",        "Similarities", "Strategy",     "StrategyInfo",
      "Learner",     "Experience",    "Experiences",  "ReplayMemory", "PenaltyStrategy",
      "Samples"};
  return used.count(words) > 0 ? "My" + words : words;
}

void Replace(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// What is left of a template between #if STATEFUL, #else and #endif.
std::string Chosen(const std::string& text, bool stateful) {
  std::istringstream lines(text);
  std::string line, chosen;
  bool kept = true;
  while (std::getline(lines, line)) {
    if (line == "#if STATEFUL") {
      kept = stateful;
    } else if (line == "#else") {
      kept = !stateful;
    } else if (line == "#endif") {
      kept = true;
    } else if (kept) {
      chosen += line + "\n";
    }
  }
  return chosen;
}

}  // namespace

void NewPart(const NewPartCommand& command, const NewPartPlaces& places,
             const std::function<bool(const std::string&)>& taken, std::ostream& out) {
  const std::string& name = command.name;
  const bool is_rule = command.kind == "rule";
  CheckName(KindNamed(command.kind), name);
  const Base& base = BaseNamed(command.kind, command.base);
  if (taken(name)) {
    throw InputError(
        fmt::format("there is a {} named '{}' already. Choose another name.", command.kind, name));
  }
  const std::filesystem::path folder = command.parent / name;
  if (std::filesystem::exists(folder))
    throw InputError(fmt::format("{} exists already. Nothing was written.", folder.string()));
  const std::string class_name = ClassName(name);
  const auto text = [&](const std::string& file) {
    std::string filled = Chosen(PartTemplates().at(file), command.stateful);
    for (const char* in_template : {"MyRule", "MyStrategy"})
      Replace(filled, in_template, class_name);
    for (const char* in_template : {"my_rule", "my_strategy", "{{name}}"})
      Replace(filled, in_template, name);
    // Last, since what they put in may hold the names above.
    Replace(filled, "{{state}}", base.state);
    Replace(filled, "{{package}}", places.package.string());
    Replace(filled, "{{program}}", places.program.string());
    return filled;
  };
  const std::string of_kind = is_rule ? "" : command.kind + "_";
  const std::filesystem::path draft = folder.string() + ".tmp" + std::to_string(::getpid());
  try {
    WriteFileAtomically(draft / (name + ".cc"), text(base.name + ".cc.in"));
    WriteFileAtomically(draft / "CMakeLists.txt", text("CMakeLists.txt.in"));
    WriteFileAtomically(draft / "first_look.json", text(of_kind + "first_look.json.in"));
    WriteFileAtomically(draft / "README.md", text(of_kind + "README.md.in"));
    std::filesystem::rename(draft, folder);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove_all(draft, ignored);
    throw;
  }
  const std::string in_full =
      is_rule ? fmt::format("--rule {} --data cifar10", name)
              : fmt::format("--rule backprop --strategy {} --task continual --data cifar10", name);
  out << fmt::format(
      "{0}/{1}.cc  a working {4}\n\n"
      "Next  cd {0} && cmake -B build && cmake --build build\n"
      "      ctest --test-dir build --output-on-failure\n"
      "First look, under a minute, beside what it is judged against:\n"
      "      {2} plan first_look.json --plugin build/lib{1}.so\n"
      "      {2} leaderboard results\n"
      "In full, three seeds:\n"
      "      {2} run --plugin build/lib{1}.so {3} --seeds 1-3\n",
      ShellWord(folder.string()), name, ShellWord(places.program.string()), in_full, command.kind);
}

}  // namespace plasticity
