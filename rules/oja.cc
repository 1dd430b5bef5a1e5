// Oja's rule: dw = y (x - y w), which keeps the weights' norm near 1. Units know of each other only
// through `coupling`: with own each looks for the first principal component by itself; with all
// they find the space of the first ones together (the subspace rule).
// Source: Oja 1982, "A simplified neuron model as a principal component analyzer"; Oja 1989,
// "Neural networks, principal components, and subspaces". Differs: the mean over a batch and over a
// convolution's positions, not one sample at a time; a step is bounded (max_step), since it is of
// third order in the input and would diverge on inputs out of scale.
#include <ATen/ATen.h>

#include "suite/hebbian_rule.h"

namespace plasticity {
namespace {

class Oja final : public HebbianRule {
 public:
  static RuleInfo Describe() {
    return {.name = "oja",
            .summary = "Hebbian learning with a forgetting term that bounds the weights",
            .formula = "dW = A^T X - R W;  A = Y;  R = diag(sum y^2), or Y^T Y with coupling=all",
            .source = "Oja 1982, J. Math. Biology 15:267; Oja 1989, Int. J. Neural Systems 1:61",
            .citation = "oja1982simplified",
            // Stable while the rate times the largest variance of y stays below 2; patches of a
            // few hundred normalised values have a few hundred.
            .defaults = {{"learning_rate", 0.001}, {"max_step", 1}}};
  }

  explicit Oja(Params& params)
      : HebbianRule(params, 64),
        subspace_(params.Choice("coupling", "own", {"own", "all"},
                                "what a unit forgets: its own reconstruction, or that of all "
                                "units") == "all") {}

  Plasticity Respond(const Activity& activity) const override {
    const at::Tensor y = Compete(activity);                       // [n, out]
    if (subspace_) return {.post = y, .forgets = Forgets::kAll};  // A [n, out]
    return {.post = y, .decay = y.square().sum(0)};               // R [out]
  }

 private:
  bool subspace_;
};
PLASTICITY_REGISTER(Rule, Oja);

}  // namespace
}  // namespace plasticity
