// Foldiak's sparse coding by anti-Hebbian learning: units that fire together come to inhibit each
// other, each unit's threshold keeps it active for a share p of the inputs, and the weights of
// active units move towards their input. Source: Foldiak 1990, "Forming sparse representations by
// local anti-Hebbian learning", Biological Cybernetics 64:165, equations 1 to 5. Differs: the mean
// over a batch and over a convolution's positions; the activities settle by a fixed number of Euler
// steps; lateral weights and thresholds decide which units learn, and what a layer passes on is its
// feed-forward response, as for every Hebbian rule here.
#include <ATen/ATen.h>

#include "suite/hebbian_rule.h"
#include "suite/ops/matrix_product.h"

namespace plasticity {
namespace {

class Foldiak final : public HebbianRule {
 public:
  static RuleInfo Describe() {
    return {.name = "foldiak",
            .summary = "Sparse coding: Hebbian weights, anti-Hebbian lateral ones, thresholds",
            .formula =
                "dW = A^T X - R W;  A = Y, R = diag(sum y);  y = 1 where y* > 1/2, "
                "y* = f(U + y* L - t);  dL = -alpha (mean y_i y_j - p^2), L <= 0;  "
                "dt = gamma (mean y - p)",
            .source = "Foldiak 1990, Biological Cybernetics 64:165",
            .citation = "foldiak1990forming",
            .defaults = {{"learning_rate", 0.02}}};
  }

  explicit Foldiak(Params& params)
      : HebbianRule(params, 64),
        share_(params.Real("share", 0.125, Range{.min = 0, .max = 1},
                           "p, the share of inputs that a unit is to be active for")),
        lateral_rate_(params.Real("lateral_rate", 0.1, kNonNegative,
                                  "alpha, step size of the lateral weights")),
        threshold_rate_(
            params.Real("share_rate", 0.02, kNonNegative, "gamma, step size of the thresholds")),
        slope_(params.Real("slope", 10, kPositive, "lambda of f(u) = 1 / (1 + exp(-lambda u))")),
        steps_(params.Integer("settle_steps", 20, Range{.min = 1},
                              "Euler steps that the activities settle in", "steps")),
        pace_(params.Real("settle_pace", 0.2, Range{.min = 0, .max = 1, .open_min = true},
                          "length of such a step, in time constants")) {}

  NamedTensors InitialState(const PlasticLayer& layer, std::size_t) const override {
    const std::int64_t out = layer.units();
    return {{"lateral", at::zeros({out, out})}, {"threshold", at::zeros({out})}};
  }

  Plasticity Respond(const Activity& activity) const override {
    const at::Tensor& lateral = activity.state.at("lateral");      // [out, out], symmetric, <= 0
    const at::Tensor& threshold = activity.state.at("threshold");  // [out]
    const at::Tensor y = Settle(activity.pre_activation - threshold, lateral);  // [n, out]
    const at::Tensor together =
        MatrixProduct(y.t(), y) / static_cast<double>(y.size(0));  // [out, out]
    const at::Tensor next = (lateral - lateral_rate_ * (together - share_ * share_)).clamp_max(0);
    return {.post = y,
            .decay = y.sum(0),
            .state = {{"lateral", next.fill_diagonal_(0)},
                      {"threshold", threshold + threshold_rate_ * (y.mean(0) - share_)}}};
  }

  // What the engine cannot see: the products of settling, and those of the lateral change.
  double learn_flops() const override {
    double flops = HebbianRule::learn_flops();
    for (const Block& block : network().blocks()) {
      const auto square = static_cast<double>(block.layer.units() * block.layer.units());
      flops += 2 * square * static_cast<double>(block.layer.positions * (steps_ + 1));
    }
    return flops;
  }

 private:
  // Which units are active once y* has settled under `drive` [n, out]: 1 or 0, [n, out].
  at::Tensor Settle(const at::Tensor& drive, const at::Tensor& lateral) const {
    at::Tensor y = at::zeros_like(drive);
    for (std::int64_t step = 0; step < steps_; ++step)
      y.lerp_(MatrixProduct(y, lateral).add_(drive).mul_(slope_).sigmoid_(), pace_);
    return (y > 0.5).to(drive.scalar_type());
  }

  double share_;
  double lateral_rate_;
  double threshold_rate_;
  double slope_;
  std::int64_t steps_;
  double pace_;
};
PLASTICITY_REGISTER(Rule, Foldiak);

}  // namespace
}  // namespace plasticity
