// Grossberg's instar: the weights of an active unit move to its input, dw = y (x - w). Units that
// answer with a softmax learn different inputs; without a competition all would learn the mean.
// Source: Grossberg 1976, "Adaptive pattern classification and universal recoding I". Differs: the
// mean over a batch and over a convolution's positions, not one sample at a time; his recurrent
// competition, which ends with one or a few active units, is replaced by its outcome.
#include <ATen/ATen.h>

#include "suite/hebbian_rule.h"

namespace plasticity {
namespace {

class Instar final : public HebbianRule {
 public:
  static RuleInfo Describe() {
    return {.name = "instar",
            .summary = "Active units move their weights to their input",
            .formula = "dW = A^T X - R W;  A = Y;  R = diag(sum y)",
            .source = "Grossberg 1976, Biological Cybernetics 23:121",
            .citation = "grossberg1976adaptive",
            .defaults = {{"competition", "softmax"}, {"learning_rate", 0.1}}};
  }

  explicit Instar(Params& params) : HebbianRule(params, 64) {}

  Plasticity Respond(const Activity& activity) const override {
    const at::Tensor y = Compete(activity);  // [n, out]
    return {.post = y, .decay = y.sum(0)};   // A [n, out], R [out]
  }
};
PLASTICITY_REGISTER(Rule, Instar);

}  // namespace
}  // namespace plasticity
