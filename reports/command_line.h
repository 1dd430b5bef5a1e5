#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/result_set.h"
#include "suite/base/verb.h"

namespace plasticity {

/// Which Results a view looks at, as it is asked on the command line.
struct Viewed {
  std::vector<std::filesystem::path> folders;
  Selection selection;

  /// The folders, and --task, --data, --rule.
  std::vector<Option> Options();
  /// Those Results, which stay for as long as the program.
  const ResultSet& Load() const;
};

/// Keeps it for as long as the program: to free ten thousand Results takes a sixth of what showing
/// them does.
template <typename Results>
const Results& NeverFreed(Results results) {
  static auto* const kept = new std::vector<const Results*>();
  return *kept->emplace_back(new Results(std::move(results)));
}

/// A command line that a shell takes, to stand beside what it made.
class CommandWords {
 public:
  /// "plasticity VERB FOLDERS...".
  CommandWords(const std::string& verb, const Viewed& viewed);
  /// Adds "FLAG VALUE", unless the value is empty.
  void Add(const std::string& flag, const std::string& value);
  /// Adds a flag.
  void Flag(const std::string& flag) { words_.push_back(flag); }
  /// Adds --task, --data, --rule as far as they were given.
  void Add(const Selection& selection);
  std::string text() const;

 private:
  std::vector<std::string> words_;
};

}  // namespace plasticity
