#include <fmt/format.h>

#include "reports/command_line.h"
#include "reports/paper/paper.h"
#include "suite/base/verb.h"

namespace plasticity {
namespace {

class PaperVerb final : public Verb {
 public:
  std::vector<Option> Options() override {
    std::vector<Option> options = viewed_.Options();
    options.push_back({"--output,-o", &output_,
                       "The folder to write: new, empty, or one that paper wrote", Given::kAlways});
    return options;
  }

  int Run() override {
    CommandWords words("paper", viewed_);
    words.Add(viewed_.selection);
    words.Add("--output", output_.string());
    const FolderFiles files = MakePaper(viewed_.Load(), words.text());
    WriteOutputFolder(files, output_, "paper");
    for (const auto& [path, content] : files) fmt::print("{}\n", (output_ / path).string());
    return 0;
  }

 private:
  Viewed viewed_;
  std::filesystem::path output_;
};
const bool added = AddVerb<PaperVerb>(
    "paper", "Results as a paper's tables, figures and references, in an article that compiles");

}  // namespace
}  // namespace plasticity
