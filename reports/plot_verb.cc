#include <algorithm>
#include <iostream>

#include "reports/command_line.h"
#include "reports/entries.h"
#include "reports/figure_kind.h"
#include "reports/plotter.h"
#include "suite/base/files.h"
#include "suite/base/verb.h"

namespace plasticity {
namespace {

using std::filesystem::path;

// Draws Results into a file, and prints what its caption needs; into one file each, where there are
// several figures.
class PlotVerb final : public Verb {
 public:
  std::vector<Option> Options() override {
    std::vector<Option> options = viewed_.Options();
    options.insert(
        options.end(),
        {{"--figure", &kind_, ChoiceOf(FigureKinds()), Given::kAlways},
         {"--metric", &options_.metric, "Draw this metric or record; default: the figure's own"},
         {"--against", &options_.against,
          "The cost of a pareto: time, images, flops, memory or device-memory; default: time"},
         {"--output,-o", &output_,
          "Where to; its name ends in " + Extensions() + ". Several figures add their names to it",
          Given::kAlways}});
    return options;
  }

  int Run() override {
    const std::unique_ptr<Plotter> plotter = PlotterFor(output_.string());
    const std::vector<Figure> figures = FiguresOf(kind_, viewed_.Load(), options_);
    std::vector<std::string> drawn;  // all, before the first is written
    for (const Figure& figure : figures) drawn.push_back(plotter->Plot(figure, CommandLine()));
    const std::vector<path> files = Files(figures);
    for (std::size_t i = 0; i < figures.size(); ++i) {
      WriteFileAtomically(files[i], drawn[i]);
      PrintWords(figures[i]);
      std::cerr << "Figure  " << files[i].string() << "\n";
    }
    return 0;
  }

 private:
  static std::string Extensions() {
    std::string text;
    for (const auto& [name, entry] : Plotters())
      text += (text.empty() ? "" : ", ") + entry.extension;
    return text;
  }

  std::vector<path> Files(const std::vector<Figure>& figures) const {
    std::vector<path> files;
    for (const std::string& stem : FileStems(output_.stem().string(), figures)) {
      files.push_back(output_.parent_path() / (stem + output_.extension().string()));
    }
    return files;
  }

  static void PrintWords(const Figure& figure) {
    std::cout << figure.title << ": " << figure.caption << ".\n";
    for (const std::string& note : figure.notes) std::cout << " " << note << "\n";
    std::cout << " " << figure.provenance << "\n";
  }

  std::string CommandLine() const {
    CommandWords words("plot", viewed_);
    words.Add("--figure", kind_);
    words.Add(viewed_.selection);
    words.Add("--metric", options_.metric);
    words.Add("--against", options_.against);
    words.Add("--output", output_.string());
    return words.text();
  }

  Viewed viewed_;
  std::string kind_;
  FigureOptions options_;
  path output_;
};
const bool added = AddVerb<PlotVerb>("plot", "Results as figures, for papers and pages");

}  // namespace
}  // namespace plasticity
