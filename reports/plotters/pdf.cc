// A paper's figure, fonts embedded, drawn by gnuplot.
#include "reports/plotter.h"
#include "reports/plotters/gnuplot.h"

namespace plasticity {
namespace {

class Pdf final : public Plotter {
 public:
  std::string Plot(const Figure& figure, const std::string&) const override {
    return PlotByGnuplot(figure, {.name = "pdfcairo",
                                  .unit = "cm",
                                  .font_scale = 0.75,
                                  .options = "fontscale 1 linewidth 1.6 pointscale 1"});
  }
};
const bool added = AddPlotter<Pdf>("pdf", ".pdf", "a paper's figure, fonts embedded");

}  // namespace
}  // namespace plasticity
