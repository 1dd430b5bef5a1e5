// A page's figure, drawn by gnuplot.
#include "reports/plotter.h"
#include "reports/plotters/gnuplot.h"

namespace plasticity {
namespace {

class Svg final : public Plotter {
 public:
  std::string Plot(const Figure& figure, const std::string&) const override {
    return PlotByGnuplot(figure, {.name = "svg",
                                  .units_per_cm = 96 / 2.54,
                                  .font_scale = 96.0 / 72,
                                  .options = "dynamic background '#FFFFFF' linewidth 1.2"});
  }
};
const bool added = AddPlotter<Svg>("svg", ".svg", "a page's figure");

}  // namespace
}  // namespace plasticity
