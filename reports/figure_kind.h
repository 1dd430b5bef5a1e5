#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "reports/figure.h"
#include "reports/result_set.h"

namespace plasticity {

/// What a user may ask of a figure.
struct FigureOptions {
  std::string metric;   ///< the metric or record to draw; empty: the figure's own choice
  std::string against;  ///< the cost to draw it against; empty: the figure's own choice
  double level = 0.95;  ///< of the confidence intervals
};

/// What FigureOptions::metric names.
enum class Draws { kOneMetric, kOneRecord, kItsOwn };

/// A way of drawing Results: what becomes a figure, and what its axes and series are. One is one
/// file in reports/figures/ and knows no format.
class FigureKind {
 public:
  virtual ~FigureKind() = default;
  /// The figures, each of another name; none where the Results have nothing that it draws.
  virtual std::vector<Figure> Figures(const ResultSet& results,
                                      const FigureOptions& options) const = 0;
};

/// Facts about a kind of figure, and what makes it.
struct FigureKindEntry {
  std::string summary;
  Draws draws = Draws::kOneMetric;
  bool against_costs = false;  ///< whether FigureOptions::against means something
  std::unique_ptr<FigureKind> (*make)() = nullptr;
};

/// All kinds of figure by name.
std::map<std::string, FigureKindEntry>& FigureKinds();

/// Registers a kind of figure.
template <typename Class>
bool AddFigureKind(const std::string& name, FigureKindEntry entry) {
  entry.make = []() -> std::unique_ptr<FigureKind> { return std::make_unique<Class>(); };
  return FigureKinds().insert({name, std::move(entry)}).second;
}

/// The figures of that kind. Throws InputError for an unknown name, metric or record, an option
/// that the kind has no use for, and where the Results have nothing that it draws.
std::vector<Figure> FiguresOf(const std::string& kind, const ResultSet& results,
                              const FigureOptions& options = {});

/// What the figures' files are called, without folder and ending: `stem`, and where there are
/// several, behind it each one's name.
std::vector<std::string> FileStems(const std::string& stem, const std::vector<Figure>& figures);

}  // namespace plasticity
