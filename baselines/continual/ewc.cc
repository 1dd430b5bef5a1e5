// Elastic weight consolidation: after each experience, weights are held where it left them, by its
// Fisher information. Source: Kirkpatrick et al. 2017 (arXiv 1612.00796): one penalty an
// experience, strength / 2 * F (w - w*)^2, kept as their sum, which is one quadratic penalty up to
// a constant. The Fisher information is the exact one, of the model's own labels (fisher=model,
// "all" in GMvandeVen/continual-learning), which that paper defines. Published code has others:
// that repository fisher=label ("true") and predicted ("pred"), and divides by one image less;
// Avalanche 0.6.0 fisher=batch and a penalty without 1/2, so that its lambda is half a strength.
// beta < 1 softens the scores that importance is found with.
#include "suite/penalty_strategy.h"

namespace plasticity {
namespace {

class Ewc final : public FisherStrategy {
 public:
  static StrategyInfo Describe() {
    return {.name = "ewc",
            .summary =
                "weights are held where each experience left them, by their Fisher "
                "information",
            .source = "Kirkpatrick et al. 2017 (arXiv 1612.00796)",
            .citation = "kirkpatrick2017overcoming",
            .role = "",
            .needs = Descent::kLoss};
  }
  explicit Ewc(Params& params) : FisherStrategy(params, 1000) {}

 protected:
  Quadratic Merge(const Quadratic& held, const Quadratic& fresh) const override {
    return Sum(held, fresh);
  }
};
PLASTICITY_REGISTER(Strategy, Ewc);

}  // namespace
}  // namespace plasticity
