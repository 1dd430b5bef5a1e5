#include <iostream>

#include "reports/commands.h"
#include "suite/base/terminal.h"
#include "suite/base/verb.h"

namespace plasticity {
namespace {

// Prints the leaderboard, and writes a copy where --output asks for one, in the format that its
// name ends in.
class LeaderboardVerb final : public Verb {
 public:
  std::vector<Option> Options() override {
    return {{"folders", &command_.folders, "Folders with Results", Given::kAlways},
            {"--task", &command_.options.task, "Only this task"},
            {"--data", &command_.options.data, "Only this data set"},
            {"--rule", &command_.options.rules, "Only these rules"},
            {"--metric", &command_.options.metric, "Rank by this metric; default: each task's own"},
            {"--format", &format_, "terminal, markdown or json"},
            {"--output", &output_, "Write a copy: .md, .json or .txt"}};
  }

  int Run() override {
    command_.format = ParseLeaderboardFormat(format_);
    command_.color = command_.format == LeaderboardFormat::kTerminal && ColorWanted();
    command_.width = TerminalWidth();
    const int status = ShowLeaderboard(command_, std::cout);
    if (output_.empty() || status != 0) return status;
    LeaderboardCommand copy = command_;
    copy.format = output_.extension() == ".json"  ? LeaderboardFormat::kJson
                  : output_.extension() == ".txt" ? LeaderboardFormat::kTerminal
                                                  : LeaderboardFormat::kMarkdown;
    copy.color = false;
    copy.width = 0;
    copy.output = output_;
    return ShowLeaderboard(copy, std::cerr);
  }

 private:
  LeaderboardCommand command_;
  std::string format_ = "terminal";
  std::filesystem::path output_;
};
const bool added = AddVerb<LeaderboardVerb>("leaderboard", "Rank the Results in folders");

}  // namespace
}  // namespace plasticity
