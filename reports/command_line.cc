#include "reports/command_line.h"

#include <string_view>

#include "suite/base/text.h"

namespace plasticity {
namespace {

// `word` as a shell takes it.
std::string Quoted(const std::string& word) {
  const auto plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("_-./,=:+@").find(c) != std::string_view::npos;
  };
  bool all_plain = !word.empty();
  for (const char c : word) all_plain = all_plain && plain(c);
  if (all_plain) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

std::vector<Option> Viewed::Options() {
  return {{"folders", &folders, "Folders with Results", Given::kAlways},
          {"--task", &selection.task, "Only this task"},
          {"--data", &selection.data, "Only this data set"},
          {"--rule", &selection.rules, "Only these rules"}};
}

ResultSet Viewed::Load() const { return LoadResultSet(folders, selection); }

CommandWords::CommandWords(const std::string& verb, const Viewed& viewed)
    : words_({"plasticity", verb}) {
  for (const auto& folder : viewed.folders) words_.push_back(Quoted(folder.string()));
}

void CommandWords::Add(const std::string& flag, const std::string& value) {
  if (value.empty()) return;
  words_.push_back(flag);
  words_.push_back(Quoted(value));
}

void CommandWords::Add(const Selection& selection) {
  Add("--task", selection.task);
  Add("--data", selection.data);
  for (const std::string& rule : selection.rules) Add("--rule", rule);
}

std::string CommandWords::text() const { return Join(words_, " "); }

}  // namespace plasticity
