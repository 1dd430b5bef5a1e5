// Metaplasticity: the larger a weight is, the harder it is to shrink. A step that would shrink
// weight w is scaled by 1 - tanh(m w)^2. Source: Laborieux et al. 2021 (Nature Communications
// 12:2549), whose code scales what Adam makes of gradients, of weights and not of biases; here it
// is whatever step the rule takes. Differs: the weights themselves take the place of a binary
// network's hidden ones.
#include <ATen/ATen.h>

#include "suite/layer_pass.h"

namespace plasticity {
namespace {

class Metaplastic final : public Strategy {
 public:
  static StrategyInfo Describe() {
    return {.name = "metaplastic",
            .summary = "steps that would shrink a weight are the smaller, the larger it is",
            .source =
                "Laborieux et al. 2021, Nature Communications 12:2549; code "
                "Laborieux-Axel/SynapticMetaplasticityBNN",
            .citation = "laborieux2021synaptic",
            .role = "",
            .needs = Descent::kOwnDirection};
  }
  explicit Metaplastic(Params& params)
      : strength_(params.Real("strength", 1.35, kNonNegative,
                              "m: a step that would shrink a weight w is scaled by 1 - "
                              "tanh(m w)^2; 0: none is")) {}

  StepReport Step(Learner& learner, const Batch& batch, const Progress& progress) override {
    const StepReport report = learner.Learn(batch, progress);
    CommitChanged(learner, progress,
                  [this](const at::Tensor&, const at::Tensor& before, const at::Tensor& step) {
                    const at::Tensor left = 1 - (strength_ * before).tanh().square();
                    return at::where(step * before < 0, step * left, step);
                  });
    return report;
  }

 private:
  double strength_;
};
PLASTICITY_REGISTER(Strategy, Metaplastic);

}  // namespace
}  // namespace plasticity
