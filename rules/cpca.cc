// Conditional PCA: weights become the expected input given that the unit is active,
// dw = y (m x - w), with k-winners-take-all activity.
// Source: O'Reilly & Munakata 2000, "Computational explorations in cognitive neuroscience", ch. 4:
// dw = y [x (m - w) + (1 - x)(0 - w)] with the correction m = 1 / (2 alpha) for sparse inputs of
// mean activity alpha. Differs: inputs are real numbers, not probabilities, so that weights become
// conditional means; no contrast enhancement of weights; the mean over a batch and over a
// convolution's positions.
#include <ATen/ATen.h>

#include "suite/hebbian_rule.h"

namespace plasticity {
namespace {

class Cpca final : public HebbianRule {
 public:
  static RuleInfo Describe() {
    return {.name = "cpca",
            .summary = "Conditional PCA: weights become the mean input of an active unit",
            .formula = "dW = A^T X - R W;  A = m Y;  R = diag(sum y);  Y: k winners",
            .source =
                "O'Reilly & Munakata 2000, Computational explorations in cognitive "
                "neuroscience, ch. 4",
            .citation = "oreilly2000computational",
            .defaults = {{"competition", "kwta"}, {"k", 10}, {"learning_rate", 0.1}}};
  }

  explicit Cpca(Params& params)
      : HebbianRule(params, 64),
        alpha_(params.Real("input_activity", 0.5, Range{.min = 0, .max = 0.5, .open_min = true},
                           "mean activity alpha of sparse inputs; m = 1 / (2 alpha)")) {}

  Plasticity Respond(const Activity& activity) const override {
    const at::Tensor y = Compete(activity);                  // [n, out]
    return {.post = y * (0.5 / alpha_), .decay = y.sum(0)};  // A [n, out], R [out]
  }

 private:
  double alpha_;
};
PLASTICITY_REGISTER(Rule, Cpca);

}  // namespace
}  // namespace plasticity
