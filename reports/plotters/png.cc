// A picture, 200 dots an inch, drawn by gnuplot.
#include "reports/plotter.h"
#include "reports/plotters/gnuplot.h"

namespace plasticity {
namespace {

class Png final : public Plotter {
 public:
  std::string Plot(const Figure& figure, const std::string&) const override {
    return PlotByGnuplot(figure, {.name = "pngcairo",
                                  .units_per_cm = 200 / 2.54,
                                  .font_scale = 200.0 / 96,
                                  .options = "linewidth 2.5 pointscale 2.5"});
  }
};
const bool added = AddPlotter<Png>("png", ".png", "a picture, 200 dots an inch");

}  // namespace
}  // namespace plasticity
