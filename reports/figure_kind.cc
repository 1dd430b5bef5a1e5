#include "reports/figure_kind.h"

#include <set>

#include "reports/entries.h"
#include "reports/plotter.h"
#include "suite/base/digest.h"

namespace plasticity {
namespace {

std::set<std::string> RecordsOf(const ResultSet& results) {
  std::set<std::string> records;
  for (const Board& board : results.boards()) {
    for (const Row& row : board.rows) {
      for (const Result* cell : row.cells) {
        for (const auto& [name, record] : cell->records) records.insert(name);
      }
    }
  }
  return records;
}

void RequireUseful(const std::string& kind, const FigureKindEntry& entry, const ResultSet& results,
                   const FigureOptions& options) {
  if (entry.draws == Draws::kOneMetric) RequireKnown("metric", options.metric, results.metrics());
  if (entry.draws == Draws::kOneRecord) RequireKnown("record", options.metric, RecordsOf(results));
  if (entry.draws == Draws::kItsOwn && !options.metric.empty()) {
    throw InputError(kind + " draws " + entry.summary + ": it takes no metric.");
  }
  if (entry.against_costs || options.against.empty()) return;
  throw InputError(kind + " is not drawn against a cost: leave out --against.");
}

// File systems take no names of any length.
std::string ShortName(const std::string& name) {
  constexpr std::size_t kMost = 72;
  if (name.size() <= kMost) return name;
  return name.substr(0, kMost - 9) + "-" + Sha256(name).substr(0, 8);
}

}  // namespace

std::map<std::string, FigureKindEntry>& FigureKinds() {
  static std::map<std::string, FigureKindEntry> kinds;
  return kinds;
}

std::map<std::string, PlotterEntry>& Plotters() {
  static std::map<std::string, PlotterEntry> plotters;
  return plotters;
}

std::vector<Figure> FiguresOf(const std::string& kind, const ResultSet& results,
                              const FigureOptions& options) {
  const FigureKindEntry& entry = EntryNamed(FigureKinds(), "figure", kind);
  RequireUseful(kind, entry, results, options);
  std::vector<Figure> figures = entry.make()->Figures(results, options);
  if (figures.empty()) {
    throw InputError("these Results have nothing that the figure " + kind + " draws: it is for " +
                     entry.summary + ".");
  }
  return figures;
}

std::vector<std::string> FileStems(const std::string& stem, const std::vector<Figure>& figures) {
  if (figures.size() == 1) return {stem};
  std::vector<std::string> stems;
  std::set<std::string> names;
  for (const Figure& figure : figures) {
    const std::string asked = ShortName(figure.name);
    std::string name = asked;
    for (int copy = 2; !names.insert(name).second; ++copy)
      name = asked + "-" + std::to_string(copy);
    stems.push_back(stem + "-" + name);
  }
  return stems;
}

std::unique_ptr<Plotter> PlotterFor(const std::string& file) {
  return Plotters().at(NameForFile(Plotters(), file)).make();
}

}  // namespace plasticity
