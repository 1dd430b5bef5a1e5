// SoftHebb: soft winner-take-all Hebbian learning in which every unit but the winner learns
// anti-Hebbian. Source: Journe, Garcia Rodriguez, Guo & Moraitis, "Hebbian deep learning without
// feedback", ICLR 2023, and its code (demo.py, hebbconv.py, hebblinear.py), which these parameters
// follow:
//   demo.py and preset 4SoftHebbCnnCIFAR   competition=signed_softmax (the default)
//   hebbconv.py "soft" / "hard"            competition=softmax / competition=kwta, k=1
//   "softkrotov" mode 1 / "hardkrotov"     competition=ranked_softmax / competition=ranked
// Differs: none in the update. With a bias, the decay uses u with the bias in it, as that code
// does.
#include <ATen/ATen.h>

#include <cmath>

#include "rules/kernels/kernels.h"
#include "suite/hebbian_rule.h"

namespace plasticity {
namespace {

class SoftHebb final : public HebbianRule {
 public:
  static RuleInfo Describe() {
    return {.name = "softhebb",
            .summary = "Soft winner-take-all Hebbian learning with anti-Hebbian losers",
            .formula =
                "dW = A^T X - R W;  A = s softmax(t u), s = +1 for the winner and -1 else;  R = "
                "diag(sum A u)",
            .source =
                "Journe et al., ICLR 2023 (arXiv 2209.11883); code NeuromorphicComputing/SoftHebb",
            .citation = "journe2023hebbian",
            .defaults = {{"learning_rate", {0.08, 0.005, 0.01}},
                         {"competition", "signed_softmax"},
                         {"temperature", {1, 0.65, 0.25}},
                         {"k", 2},
                         {"step_scale", "max_abs"},
                         {"norm_power", 0.5},
                         {"init_radius", 25}},
            .native = {{"network", "softhebb-cnn"},
                       {"readout", "linear"},
                       {"set",
                        {{"task.epochs", 1}, {"task.samples", 0}, {"task.validation_images", 0}}}},
            .published = {{"cifar10", 0.8031, 0.0015, "Journe et al. 2023, graphs.ipynb, 4 seeds"},
                          {"cifar100", 0.56, 0, "Journe et al. 2023, graphs.ipynb, 4 seeds"}}};
  }

  explicit SoftHebb(Params& params)
      : HebbianRule(params, 10),
        bias_(params.Flag("bias", false, "learn log-priors as biases, where the layer has them")),
        fused_(!bias_ && params.resolved().at("competition") == "signed_softmax") {}

  void Attach(Network& network) override {
    HebbianRule::Attach(network);
    for (std::size_t i = 0; bias_ && i < network.blocks().size(); ++i) {
      PlasticLayer& layer = network.blocks()[i].layer;
      const auto units = static_cast<double>(layer.units());
      if (layer.bias.defined()) layer.bias.fill_(-std::log(units) / competition().temperature(i));
    }
  }

  Plasticity Respond(const Activity& activity) const override {
    const at::Tensor& u = activity.pre_activation;  // [n, out]
    const double t = competition().temperature(activity.layer);
    if (fused_) {
      auto [post, decay] = kernels::SignedSoftmax(u, t);
      return {.post = post, .decay = decay};
    }
    const at::Tensor y = Compete(activity);
    Plasticity plasticity{.post = y, .decay = (y * u).sum(0)};
    if (bias_ && activity.bias.defined()) {
      const at::Tensor expected = (activity.bias * t).exp();  // [out]
      const at::Tensor change = (y.sum(0) - expected * static_cast<double>(u.size(0))) / expected;
      plasticity.bias = change / change.abs().amax().clamp_min(1e-30) *
                        ((activity.convolutional ? 0.1 : 1.0) / t);
    }
    return plasticity;
  }

 private:
  bool bias_;
  bool fused_;  // a kernel does the competition and the decay in one
};
PLASTICITY_REGISTER(Rule, SoftHebb);

}  // namespace
}  // namespace plasticity
