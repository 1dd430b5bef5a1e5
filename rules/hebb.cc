// Hebb's rule: what fires together wires together, dw = y x. It has no fixed point, so weights are
// held on the unit sphere after each step; `constraint` chooses otherwise, and none diverges.
// Source: Hebb 1949, "The organization of behavior". Differs: the mean over a batch and over a
// convolution's positions; several units, which compete only where `competition` says so, and else
// all turn to the same direction.
#include "suite/hebbian_rule.h"

namespace plasticity {
namespace {

class Hebb final : public HebbianRule {
 public:
  static RuleInfo Describe() {
    return {.name = "hebb",
            .summary = "Plain Hebbian learning with weights held to norm 1",
            .formula = "dW = A^T X;  A = Y;  then |w| = 1",
            .source = "Hebb 1949, The organization of behavior",
            .citation = "hebb1949organization",
            .defaults = {{"constraint", "unit_norm"}}};
  }

  explicit Hebb(Params& params) : HebbianRule(params, 64) {}

  Plasticity Respond(const Activity& activity) const override {
    return {.post = Compete(activity)};  // A [n, out]
  }
};
PLASTICITY_REGISTER(Rule, Hebb);

}  // namespace
}  // namespace plasticity
