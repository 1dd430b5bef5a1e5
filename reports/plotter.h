#pragma once

#include <map>
#include <memory>
#include <string>

#include "reports/figure.h"

namespace plasticity {

/// A format: a figure becomes a file's content. A plotter is one file in reports/plotters/ and
/// knows no kind of figure.
class Plotter {
 public:
  virtual ~Plotter() = default;
  /// `command` is the command line that makes the figure, or "". Throws InputError where a program
  /// that draws is missing.
  virtual std::string Plot(const Figure& figure, const std::string& command) const = 0;
};

/// How help shows a plotter, what a file of it ends in, and what makes it.
struct PlotterEntry {
  std::string summary;
  std::string extension;  ///< ".pdf"
  std::unique_ptr<Plotter> (*make)() = nullptr;
};

/// All plotters by name.
std::map<std::string, PlotterEntry>& Plotters();

/// Registers a plotter.
template <typename Class>
bool AddPlotter(const std::string& name, const std::string& extension, const std::string& summary) {
  return Plotters()
      .insert({name,
               {summary, extension,
                []() -> std::unique_ptr<Plotter> { return std::make_unique<Class>(); }}})
      .second;
}

/// The plotter whose files end as `file` does. Throws InputError where there is none.
std::unique_ptr<Plotter> PlotterFor(const std::string& file);

}  // namespace plasticity
