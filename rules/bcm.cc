// BCM: a unit's weights grow when its activity is above a threshold and shrink below it; the
// threshold slides with the mean of the squared activity, so that units become selective.
// Source: Bienenstock, Cooper & Munro 1982; the threshold E[y^2] of Intrator & Cooper 1992; the
// division by it, without which the cubic growth of strong responses needs a rate of its own for
// every input, of Law & Cooper 1994. Differs: the mean over a batch and over a convolution's
// positions; the sliding mean is taken over batches; a step is bounded (max_step).
#include <ATen/ATen.h>

#include "suite/hebbian_rule.h"

namespace plasticity {
namespace {

class Bcm final : public HebbianRule {
 public:
  static RuleInfo Describe() {
    return {.name = "bcm",
            .summary = "Growth above a sliding threshold, decline below it",
            .formula = "dW = A^T X;  A = Y o (Y - theta) / theta;  theta = sliding mean of y^2",
            .source =
                "Bienenstock, Cooper & Munro 1982, J. Neuroscience 2:32; Intrator & Cooper "
                "1992, Neural Networks 5:3; Law & Cooper 1994, PNAS 91:7797",
            .citation = "bienenstock1982theory",
            .defaults = {{"competition", "relu"},
                         {"learning_rate", 0.001},
                         {"max_step", 1},
                         {"step_scale", "sqrt_fan_in"}}};
  }

  explicit Bcm(Params& params)
      : HebbianRule(params, 64),
        sliding_(params.Real("sliding", 0.1, kUnitInterval,
                             "weight of the newest batch in the threshold's mean")) {}

  NamedTensors InitialState(const PlasticLayer& layer, std::size_t) const override {
    return {{"threshold", at::zeros({layer.units()})}};
  }

  Plasticity Respond(const Activity& activity) const override {
    const at::Tensor y = Compete(activity);                        // [n, out]
    const at::Tensor& threshold = activity.state.at("threshold");  // [out]
    const at::Tensor scale = at::where(threshold == 0, 1, threshold);
    return {.post = y * (y - threshold) / scale,
            .state = {{"threshold", at::lerp(threshold, y.square().mean(0), sliding_)}}};
  }

 private:
  double sliding_;
};
PLASTICITY_REGISTER(Rule, Bcm);

}  // namespace
}  // namespace plasticity
