#include <iostream>

#include "reports/layout.h"
#include "reports/writer.h"
#include "suite/base/files.h"
#include "suite/base/terminal.h"
#include "suite/base/text.h"
#include "suite/base/verb.h"

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

// "a, b or c" of the names that a registry has.
template <typename Entry>
std::string NamesIn(const std::map<std::string, Entry>& entries) {
  std::string text;
  std::size_t left = entries.size();
  for (const auto& [name, entry] : entries) {
    text += name + (--left > 1 ? ", " : left == 1 ? " or " : "");
  }
  return text;
}

// Prints the tables of a layout, and writes a copy where --output asks for one, in the format that
// its name ends in.
class TableVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    return {{"folders", &folders_, "Folders with Results", Given::kAlways},
            {"--layout", &layout_, NamesIn(Layouts())},
            {"--task", &selection_.task, "Only this task"},
            {"--data", &selection_.data, "Only this data set"},
            {"--rule", &selection_.rules, "Only these rules"},
            {"--metric", &options_.metric, "Show this metric; default: the layout's own"},
            {"--reference", &options_.reference,
             "Row to compare others with (layouts claims, ranking); default: the floor"},
            {"--format", &format_, NamesIn(Writers())},
            {"--output", &output_, "Write a copy, in the format that its name ends in"}};
  }

  int Run() override {
    const std::unique_ptr<Writer> writer = WriterNamed(format_);
    const std::string copy = output_.empty() ? "" : WriterNameFor(output_.string());
    const std::vector<Table> tables =
        TablesOf(layout_, LoadResultSet(folders_, selection_), options_);
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
    std::vector<std::string> words = {"plasticity", verb_};
    const auto add = [&](const char* flag, const std::string& value) {
      if (value.empty()) return;
      words.push_back(flag);
      words.push_back(Quoted(value));
    };
    for (const auto& folder : folders_) words.push_back(Quoted(folder.string()));
    if (verb_ == "table") add("--layout", layout_);
    add("--task", selection_.task);
    add("--data", selection_.data);
    for (const std::string& rule : selection_.rules) add("--rule", rule);
    add("--metric", options_.metric);
    add("--reference", options_.reference);
    add("--output", output_.string());
    if (output_.empty()) add("--format", format_);
    return Join(words, " ");
  }

  std::vector<std::filesystem::path> folders_;
  Selection selection_;
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
