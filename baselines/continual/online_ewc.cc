// Online elastic weight consolidation: one penalty, at the weights as the last experience left
// them; what earlier ones found fades. Source: Schwarz et al. 2018 (arXiv 1805.06370): F = gamma F
// + F_new, and a penalty of strength / 2 * gamma F (w - w*)^2. Published code differs: mammoth's
// ewc_on has fisher=weighted and a penalty F (w - w*)^2, so that its e_lambda is strength * gamma /
// 2; Avalanche's mode online has fisher=batch, and lambda is strength * gamma / 2, too.
#include "suite/penalty_strategy.h"

namespace plasticity {
namespace {

class OnlineEwc final : public FisherStrategy {
 public:
  static StrategyInfo Describe() {
    return {.name = "online-ewc",
            .summary =
                "weights are held where the last experience left them, by a fading sum of "
                "Fisher informations",
            .source = "Schwarz et al. 2018 (arXiv 1805.06370)",
            .citation = "schwarz2018progress",
            .role = "",
            .needs = Descent::kLoss};
  }
  explicit OnlineEwc(Params& params)
      : FisherStrategy(params, 1000),
        gamma_(params.Real("gamma", 1, kUnitInterval,
                           "what remains of the importance so far, experience by experience")) {}

 protected:
  Quadratic Merge(const Quadratic& held, const Quadratic& fresh) const override {
    return Renewed(held, fresh, gamma_);
  }
  double factor() const override { return gamma_; }

 private:
  double gamma_;
};
PLASTICITY_REGISTER(Strategy, OnlineEwc);

}  // namespace
}  // namespace plasticity
