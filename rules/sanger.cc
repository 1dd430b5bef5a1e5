// Sanger's generalized Hebbian algorithm: dw_i = y_i (x - sum_{k <= i} y_k w_k), by which the rows
// of W become the principal components in order.
// Source: Sanger 1989, "Optimal unsupervised learning in a single-layer linear feedforward neural
// network". Differs: the mean over a batch and over a convolution's positions; a step
// is bounded (max_step), so that inputs out of scale cannot make it diverge.
#include "suite/hebbian_rule.h"

namespace plasticity {
namespace {

class Sanger final : public HebbianRule {
 public:
  static RuleInfo Describe() {
    return {.name = "sanger",
            .summary = "Units become the principal components, in order (GHA)",
            .formula = "dW = A^T X - R W;  A = Y;  R = tril(Y^T Y)",
            .source = "Sanger 1989, Neural Networks 2:459",
            .citation = "sanger1989optimal",
            .defaults = {{"learning_rate", 0.001}, {"max_step", 1}}};
  }

  explicit Sanger(Params& params) : HebbianRule(params, 64) {}

  Plasticity Respond(const Activity& activity) const override {
    return {.post = Compete(activity), .forgets = Forgets::kUpToItself};  // A [n, out]
  }
};
PLASTICITY_REGISTER(Rule, Sanger);

}  // namespace
}  // namespace plasticity
