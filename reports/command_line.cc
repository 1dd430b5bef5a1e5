#include "reports/command_line.h"

#include "reports/words.h"
#include "suite/base/text.h"

namespace plasticity {

std::vector<Option> Viewed::Options() {
  return {{"folders", &folders, "Folders with Results", Given::kAlways},
          {"--task", &selection.task, "Only this task"},
          {"--data", &selection.data, "Only this data set"},
          {"--rule", &selection.rules, "Only these rules"},
          {"--strategy", &selection.strategies, "Only these strategies"}};
}

const ResultSet& Viewed::Load() const { return NeverFreed(LoadResultSet(folders, selection)); }

CommandWords::CommandWords(const std::string& verb, const Viewed& viewed)
    : words_({"plasticity", verb}) {
  for (const auto& folder : viewed.folders) words_.push_back(ShellWord(folder.string()));
}

void CommandWords::Add(const std::string& flag, const std::string& value) {
  if (value.empty()) return;
  words_.push_back(flag);
  words_.push_back(ShellWord(value));
}

void CommandWords::Add(const Selection& selection) {
  Add("--task", selection.task);
  Add("--data", selection.data);
  for (const std::string& rule : selection.rules) Add("--rule", rule);
  for (const std::string& strategy : selection.strategies) Add("--strategy", strategy);
}

std::string CommandWords::text() const { return Join(words_, " "); }

}  // namespace plasticity
