// Oja's rule, one unit at a time: dw = y (x - y w), which keeps the weights' norm near 1.
// Source: Oja 1982, "A simplified neuron model as a principal component analyzer". Differs: the
// mean over a batch and over a convolution's positions, not one sample at a time; several units,
// which do not compete.
#include <ATen/ATen.h>

#include "suite/hebbian_rule.h"

namespace plasticity {
namespace {

class Oja final : public HebbianRule {
 public:
  static RuleInfo Describe() {
    return {.name = "oja",
            .summary = "Hebbian learning with a forgetting term that bounds the weights",
            .formula = "dW = A^T X - R W;  A = Y = X W^T,  R = diag(sum y^2)",
            .source = "Oja 1982, J. Math. Biology 15:267",
            .citation = "oja1982simplified"};
  }

  explicit Oja(Params& params) : HebbianRule(WithDefaults(params), 64) {}

  Plasticity Respond(const Activity& activity) const override {
    const at::Tensor& y = activity.pre_activation;  // [n, out]
    return {.post = y,                              // A [n, out]
            .decay = y.square().sum(0)};            // R [out], a diagonal
  }

 private:
  // Stable while the rate times the largest variance of y stays below 2; patches of a few hundred
  // normalised values have a few hundred.
  static Params& WithDefaults(Params& params) {
    params.Default("learning_rate", 0.001);
    return params;
  }
};
PLASTICITY_REGISTER(Rule, Oja);

}  // namespace
}  // namespace plasticity
