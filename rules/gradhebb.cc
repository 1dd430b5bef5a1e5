// Hebbian learning as gradient descent: per layer a loss -1/2 sum s^2 of a surrogate s whose value
// is the units' sparse activity y and whose gradient is x (hebb), x - w (instar) or x - y w (oja),
// so that automatic differentiation gives the Hebbian change. Plasticity is sparse (k winners,
// binary), while the network passes dense activations on.
// Source: Miconi 2021, "Hebbian learning with gradients" (arXiv 2107.01729), and its notebook
// HebbGrad_Github.ipynb, which is followed exactly: norm 1 after each step, adaptive thresholds
// (as negative biases), random pruning, and steps that first adapt thresholds alone. Differs: the
// notebook also adapts thresholds, and flips images, while it collects features for its readout.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "suite/hebbian_rule.h"

namespace plasticity {
namespace {

class GradHebb final : public HebbianRule {
 public:
  static RuleInfo Describe() {
    return {.name = "gradhebb",
            .summary =
                "Hebbian rules as gradients of a loss per layer, sparse plasticity, dense "
                "activations",
            .formula =
                "dW = -gradient of -1/2 sum s^2;  s = y with gradient x (hebb), x - w "
                "(instar) or x - y w (oja);  Y: k winners",
            .source = "Miconi 2021 (arXiv 2107.01729); code ThomasMiconi/HebbianCNNPyTorch",
            .citation = "miconi2021hebbian",
            .defaults = {{"learning_rate", {1e-4, 1e-4, 1e-3}},
                         {"competition", "kwta_positive"},
                         {"threshold_rate", 3},
                         {"step_scale", "none"},
                         {"constraint", "unit_norm"}},
            .native = {{"network", "miconi-cnn"},
                       {"readout", "ridge"},
                       {"set",
                        {{"rule.prune", {0, 0.99, 0.99}},
                         {"task.epochs", 20},
                         {"task.validation_images", 0}}}},
            .published = {{"cifar10", 0.6465, 0, "HebbGrad_Github.ipynb, one run"}}};
  }

  explicit GradHebb(Params& params)
      : HebbianRule(params, 100),
        variant_(params.Choice("variant", "instar", {"hebb", "instar", "oja"},
                               "the rule that the loss's gradient is")),
        prune_(params.PerLayer("prune", {0}, Range{.min = 0, .max = 0.999},
                               "share of connections that are removed at random")),
        l1_(params.Real("l1", 0, kNonNegative, "weight of the sum of |w| in the loss")),
        burn_in_(params.Integer("burn_in", 201, kNonNegative,
                                "steps that adapt thresholds before weights move, at most a tenth "
                                "of all",
                                "steps")) {}

  void Attach(Network& network) override {
    HebbianRule::Attach(network);
    for (std::size_t i = 0; i < network.blocks().size(); ++i) {
      if (AtLayer(prune_, i) > 0) network.blocks()[i].layer.weight.mul_(state(i).at("mask"));
    }
  }

  // 1 where a weight is kept, shaped as the weight.
  NamedTensors InitialState(const PlasticLayer& layer, std::size_t index) const override {
    const double share = AtLayer(prune_, index);
    if (share == 0) return {};
    at::Tensor uniform = at::empty(layer.weight.sizes());
    network()
        .streams()
        .For("mask", index)
        .FillUniform(uniform.data_ptr<float>(), static_cast<std::size_t>(uniform.numel()), 0, 1);
    return {{"mask", (uniform > share).to(at::kFloat)}};
  }

  // What the gradient amounts to; Aggregate gets there by the loss.
  Plasticity Respond(const Activity& activity) const override {
    const at::Tensor y = Compete(activity);  // [n, out]
    if (variant_ == "hebb") return {.post = y};
    return {.post = y, .decay = variant_ == "oja" ? y.square().sum(0) : y.sum(0)};
  }

  void Apply(PlasticLayer& layer, std::size_t index, const Proposal& proposal,
             double factor) override {
    Proposal masked = proposal;
    if (AtLayer(prune_, index) > 0) {
      const at::Tensor& mask = state(index).at("mask");
      layer.weight.mul_(mask);
      masked.delta = proposal.delta * mask;
    }
    HebbianRule::Apply(layer, index, masked, factor);
  }

 protected:
  at::Tensor Aggregate(const PlasticLayer& layer, const at::Tensor& padded,
                       const Plasticity& plasticity) const override {
    const at::AutoGradMode gradients(true);
    const at::Tensor w = layer.weight.detach().requires_grad_();
    PlasticLayer unbiased = layer;
    unbiased.bias = at::Tensor();
    const at::Tensor u = UnitRows(unbiased.Respond(padded, w));  // [n, out]
    const at::Tensor& y = plasticity.post;                       // [n, out]
    at::Tensor surrogate = u;
    if (variant_ != "hebb") {
      const at::Tensor half = w.flatten(1).square().sum(1) / 2;  // [out]
      surrogate = u - (variant_ == "oja" ? half * y : half);
    }
    surrogate = surrogate + (y - surrogate).detach();  // the value of y, the gradient as above
    const at::Tensor loss = -surrogate.square().sum() / 2 + l1_ * w.abs().sum();
    loss.backward();
    return -w.grad();
  }

  double RateFactor(const Progress& progress) const override {
    const bool burning_in = progress.step < std::min(burn_in_, progress.steps / 10);
    return burning_in ? 0 : HebbianRule::RateFactor(progress);
  }

 private:
  std::string variant_;
  std::vector<double> prune_;
  double l1_;
  std::int64_t burn_in_;
};
PLASTICITY_REGISTER(Rule, GradHebb);

}  // namespace
}  // namespace plasticity
