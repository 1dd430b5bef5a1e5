#pragma once

#include <string>

#include "reports/figure.h"

namespace plasticity {

/// One of gnuplot's terminals.
struct GnuplotTerminal {
  std::string name;         ///< "pngcairo"
  std::string unit;         ///< of its size: "cm", or "" for pixels
  double units_per_cm = 1;  ///< how many of them are 1 cm
  double font_scale = 1;    ///< what it calls a font of 1 point
  std::string options;      ///< linewidth and pointscale, so that they are in points, and others
};

/// The script that draws the figure to standard output, its data in it.
std::string GnuplotScript(const Figure& figure, const GnuplotTerminal& terminal);

/// What gnuplot writes to standard output when given that script. Throws InputError where there is
/// no gnuplot, and RunError with its words where it fails.
std::string RunGnuplot(const std::string& script);

/// Draws by gnuplot: a plotter is this with a terminal.
std::string PlotByGnuplot(const Figure& figure, const GnuplotTerminal& terminal);

}  // namespace plasticity
