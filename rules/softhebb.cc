// SoftHebb: soft winner-take-all Hebbian learning in which every unit but the winner learns
// anti-Hebbian. Source: Journe, Garcia Rodriguez, Guo & Moraitis, "Hebbian deep learning without
// feedback", ICLR 2023, and its code (demo.py, hebbconv.py, hebblinear.py), which these parameters
// follow:
//   demo.py and preset 4SoftHebbCnnCIFAR   competition=soft, losers=negated (the defaults)
//   hebbconv.py "soft" / "hard"            losers=plain with competition=soft / hard
//   "softkrotov" mode 1 / "hardkrotov"     losers=ranked
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
            .native = {{"network", "softhebb-cnn"},
                       {"readout", "linear"},
                       {"set",
                        {{"task.epochs", 1}, {"task.samples", 0}, {"task.validation_images", 0}}}},
            .published = {{"cifar10", 0.8031, 0.0015, "Journe et al. 2023, graphs.ipynb, 4 seeds"},
                          {"cifar100", 0.56, 0, "Journe et al. 2023, graphs.ipynb, 4 seeds"}}};
  }

  explicit SoftHebb(Params& params)
      : HebbianRule(WithDefaults(params), 10),
        temperature_(params.PerLayer("temperature", {1, 0.65, 0.25}, kPositive,
                                     "inverse temperature t of the softmax")),
        competition_(
            params.Choice("competition", "soft", {"soft", "hard"}, "softmax, or the winner alone")),
        losers_(params.Choice(
            "losers", "negated", {"negated", "ranked", "plain"},
            "units that lose learn anti-Hebbian, or only the one of `rank` does, or none")),
        rank_(params.Integer("rank", 2, Range{.min = 1},
                             "which unit learns anti-Hebbian when losers=ranked")),
        delta_(params.Real("delta", 0.4, kNonNegative, "its strength when losers=ranked")),
        bias_(params.Flag("bias", false, "learn log-priors as biases, where the layer has them")) {}

  void Attach(Network& network) override {
    HebbianRule::Attach(network);
    for (std::size_t i = 0; bias_ && i < network.blocks().size(); ++i) {
      PlasticLayer& layer = network.blocks()[i].layer;
      const auto units = static_cast<double>(layer.units());
      if (layer.bias.defined()) layer.bias.fill_(-std::log(units) / AtLayer(temperature_, i));
    }
  }

  Plasticity Respond(const Activity& activity) const override {
    const at::Tensor& u = activity.pre_activation;  // [n, out]
    const double t = AtLayer(temperature_, activity.layer);
    if (competition_ == "soft" && losers_ == "negated" && !bias_) {
      auto [post, decay] = kernels::SignedSoftmax(u, t);
      return {.post = post, .decay = decay};
    }
    const at::Tensor winner = u.argmax(1, true);  // [n, 1]
    at::Tensor post =
        competition_ == "soft" ? at::softmax(u * t, 1) : at::zeros_like(u).scatter(1, winner, 1);
    if (losers_ == "negated") {
      post = at::where(at::zeros_like(u).scatter(1, winner, 1) > 0, post, -post);
    } else if (losers_ == "ranked") {
      const at::Tensor ranked =
          std::get<1>(u.topk(std::min(rank_, u.size(1)), 1)).slice(1, -1);  // [n, 1]
      const at::Tensor change = competition_ == "soft"
                                    ? post.gather(1, ranked) * -delta_
                                    : at::full_like(ranked, -delta_, u.options());
      post = post.scatter(1, ranked, change);
    }
    Plasticity plasticity{.post = post, .decay = (post * u).sum(0)};
    if (bias_ && activity.bias.defined()) {
      const at::Tensor expected = (activity.bias * t).exp();  // [out]
      const at::Tensor change =
          (post.sum(0) - expected * static_cast<double>(u.size(0))) / expected;
      plasticity.bias = change / change.abs().amax().clamp_min(1e-30) *
                        ((activity.convolutional ? 0.1 : 1.0) / t);
    }
    return plasticity;
  }

 private:
  static Params& WithDefaults(Params& params) {
    params.Default("learning_rate", {0.08, 0.005, 0.01});
    params.Default("step_scale", "max_abs");
    params.Default("norm_power", 0.5);
    params.Default("init_radius", 25);
    return params;
  }

  std::vector<double> temperature_;
  std::string competition_;
  std::string losers_;
  std::int64_t rank_;
  double delta_;
  bool bias_;
};
PLASTICITY_REGISTER(Rule, SoftHebb);

}  // namespace
}  // namespace plasticity
