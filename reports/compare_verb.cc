#include <iostream>

#include "reports/command_line.h"
#include "reports/compare.h"
#include "reports/writer.h"
#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/store.h"
#include "suite/base/terminal.h"
#include "suite/base/verb.h"

namespace plasticity {
namespace {

// Exit code 1 where something is worse or lost.
class CompareVerb final : public Verb {
 public:
  std::vector<Option> Options() override {
    return {{"nights", &nights_, "Folders of Results, oldest first; the last is compared",
             Given::kAlways},
            {"--gate", &gate_, "JSON file that says what counts as a regression"},
            {"--all", &all_, "Show what did not change, too"},
            {"--summary", &summary_, "Write the table as Markdown"},
            {"--junit", &junit_, "Write JUnit XML"},
            {"--benchmark", &benchmark_, "Write the JSON that continuous-benchmark actions read"}};
  }

  int Run() override {
    if (nights_.size() < 2) throw InputError("compare needs two folders or more: OLD NEW.");
    const Gate gate = gate_.empty() ? Gate() : ReadGate(gate_);
    const std::filesystem::path last_night = nights_.back();
    nights_.pop_back();
    std::vector<std::vector<Result>> loaded;
    for (const std::filesystem::path& night : nights_) loaded.push_back(LoadResults(night));
    const auto& before = NeverFreed(std::move(loaded));
    const auto& now = NeverFreed(ResultSet(LoadResults(last_night)));
    const Comparison comparison = Compare(before, now, gate);
    const std::vector<Table> tables = {ComparisonTable(comparison, gate, all_)};
    std::cout << WriterNamed("terminal")
                     ->Write(tables, {.width = TerminalWidth(), .color = ColorWanted()});
    if (!summary_.empty())
      WriteFileAtomically(summary_, WriterNamed("markdown")->Write(tables, {}));
    if (!junit_.empty()) WriteFileAtomically(junit_, JUnitXml(comparison));
    if (!benchmark_.empty()) WriteFileAtomically(benchmark_, BenchmarkJson(comparison));
    return comparison.passed() ? 0 : 1;
  }

 private:
  std::vector<std::filesystem::path> nights_;
  std::filesystem::path gate_, summary_, junit_, benchmark_;
  bool all_ = false;
};
const bool added = AddVerb<CompareVerb>("compare", "Compare nights, and fail where one is worse");

}  // namespace
}  // namespace plasticity
