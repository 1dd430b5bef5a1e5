#include <fmt/format.h>

#include "reports/command_line.h"
#include "reports/page/site.h"
#include "suite/base/store.h"
#include "suite/base/verb.h"

namespace plasticity {
namespace {

class PageVerb final : public Verb {
 public:
  std::vector<Option> Options() override {
    std::vector<Option> options = viewed_.Options();
    options.push_back({"--output,-o", &output_,
                       "The folder to write: new, empty, or one that page wrote", Given::kAlways});
    options.push_back({"--night", &nights_,
                       "An earlier night's folder of Results, may be given repeatedly, oldest "
                       "first: adds a page of what rows were in each",
                       Given::kRepeatedly});
    return options;
  }

  int Run() override {
    CommandWords words("page", viewed_);
    words.Add(viewed_.selection);
    words.Add("--output", output_.string());
    std::vector<std::vector<Result>> nights;
    for (const std::filesystem::path& night : nights_) {
      words.Add("--night", night.string());
      nights.push_back(LoadResults(night));
    }
    const FolderFiles site = MakeSite(viewed_.Load(), words.text(), std::move(nights));
    WriteOutputFolder(site, output_, "page");
    fmt::print("Page  {} ({} files)\n", (output_ / "index.html").string(), site.size());
    return 0;
  }

 private:
  Viewed viewed_;
  std::filesystem::path output_;
  std::vector<std::filesystem::path> nights_;
};
const bool added =
    AddVerb<PageVerb>("page", "Results as a static site: boards, tasks, rules, every Result");

}  // namespace
}  // namespace plasticity
