#include <iostream>

#include "reports/command_line.h"
#include "reports/entries.h"
#include "reports/layout.h"
#include "reports/words.h"
#include "reports/writer.h"
#include "suite/base/files.h"
#include "suite/base/terminal.h"
#include "suite/base/verb.h"

namespace plasticity {
namespace {

// Prints the tables of a layout, and writes a copy where --output asks for one, in the format that
// its name ends in.
class TableVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    std::vector<Option> options = viewed_.Options();
    options.insert(
        options.end(),
        {{"--layout", &layout_, ChoiceOf(Layouts())},
         {"--metric", &options_.metric, "Show this metric; default: the layout's own"},
         {"--reference", &options_.reference,
          "Row to compare others with (layout claims); default: the floor"},
         {"--published", &options_.published,
          "Add the numbers that others report to leaderboards that they fit"},
         {"--evidence", &options_.evidence,
          "Add to leaderboards how much speaks for each rule's numbers, of six"},
         {"--format", &format_, ChoiceOf(Writers())},
         {"--output,-o", &output_, "Write a copy, in the format that its name ends in"}});
    return options;
  }

  int Run() override {
    const std::unique_ptr<Writer> writer = WriterNamed(format_);
    const std::string copy = output_.empty() ? "" : WriterNameFor(output_.string());
    const std::vector<Table> tables = TablesOf(layout_, viewed_.Load(), options_);
    std::cout << writer->Write(tables, {.width = TerminalWidth(),
                                        .color = format_ == "terminal" && ColorWanted(),
                                        .command = CommandLine()});
    if (copy.empty()) return 0;
    WriteFileAtomically(output_, WriterNamed(copy)->Write(tables, {.command = CommandLine()}));
    std::cerr << "Table  " << output_.string() << "\n";
    return 0;
  }

 protected:
  std::string verb_ = "table";
  std::string layout_ = "leaderboard";

 private:
  std::string CommandLine() const {
    CommandWords words(verb_, viewed_);
    if (verb_ == "table") words.Add("--layout", layout_);
    words.Add(viewed_.selection);
    words.Add("--metric", options_.metric);
    words.Add("--reference", options_.reference);
    if (options_.published) words.Flag("--published");
    if (options_.evidence) words.Flag("--evidence");
    words.Add("--output", output_.string());
    if (output_.empty()) words.Add("--format", format_);
    return words.text();
  }

  Viewed viewed_;
  LayoutOptions options_;
  std::string format_ = "terminal";
  std::filesystem::path output_;
};
const bool table_added = AddVerb<TableVerb>("table", "Results as tables, for readers and papers");

// `table --layout leaderboard`.
class LeaderboardVerb final : public TableVerb {
 public:
  LeaderboardVerb() { verb_ = "leaderboard"; }
  std::vector<Option> Options() override {
    std::vector<Option> options = TableVerb::Options();
    std::erase_if(options, [](const Option& option) { return option.names == "--layout"; });
    return options;
  }
};
const bool leaderboard_added =
    AddVerb<LeaderboardVerb>("leaderboard", "Rank the Results in folders");

}  // namespace
}  // namespace plasticity
