#include "reports/commands.h"

#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/store.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

const std::vector<std::string> kFormatNames = {"terminal", "markdown", "json"};

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

std::string CommandLine(const LeaderboardCommand& command) {
  std::vector<std::string> words = {"plasticity", "leaderboard"};
  const auto add = [&](const char* flag, const std::string& value) {
    if (value.empty()) return;
    words.push_back(flag);
    words.push_back(Quoted(value));
  };
  for (const auto& folder : command.folders) words.push_back(Quoted(folder.string()));
  add("--task", command.options.task);
  add("--data", command.options.data);
  for (const std::string& rule : command.options.rules) add("--rule", rule);
  add("--metric", command.options.metric);
  add("--output", command.output.string());
  if (command.output.empty()) {
    add("--format", kFormatNames[static_cast<std::size_t>(command.format)]);
  }
  return Join(words, " ");
}

std::string Render(const Leaderboard& leaderboard, const LeaderboardCommand& command) {
  switch (command.format) {
    case LeaderboardFormat::kMarkdown:
      return RenderMarkdown(
          leaderboard, command.command_line.empty() ? CommandLine(command) : command.command_line);
    case LeaderboardFormat::kJson:
      return RenderJson(leaderboard);
    case LeaderboardFormat::kTerminal:
      break;
  }
  return RenderTerminal(leaderboard, {.width = command.width, .color = command.color});
}

}  // namespace

LeaderboardFormat ParseLeaderboardFormat(const std::string& name) {
  for (std::size_t i = 0; i < kFormatNames.size(); ++i) {
    if (kFormatNames[i] == name) return static_cast<LeaderboardFormat>(i);
  }
  throw InputError("no format named '" + name + "'." + NearestHint(name, kFormatNames) +
                   " There are " + Join(kFormatNames, ", ") + ".");
}

int ShowLeaderboard(const LeaderboardCommand& command, std::ostream& out) {
  if (command.folders.empty()) {
    throw InputError("name a folder of results: plasticity leaderboard results/");
  }
  LeaderboardOptions options = command.options;
  const std::vector<Result> results = LoadResults(command.folders, &options.disputed);
  const Leaderboard leaderboard = BuildLeaderboard(results, options);
  const std::string text = Render(leaderboard, command);
  if (command.output.empty()) {
    out << text;
    return 0;
  }
  WriteFileAtomically(command.output, text);
  out << "Leaderboard  " << command.output.string() << "\n";
  return 0;
}

}  // namespace plasticity
