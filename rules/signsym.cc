// Sign symmetry: errors go back through weights with the forward weights' signs and magnitudes of
// their own. Source: Liao, Leibo & Poggio, "How important is weight symmetry in backpropagation?",
// AAAI 2016, for the three variants; Xiao, Chen, Liao & Poggio, "Biologically-plausible learning
// algorithms can scale to large datasets", ICLR 2019, for the scale; Moskovitz, Litwin-Kumar &
// Abbott 2018 and BioTorch, for magnitudes |B|. Differs: AdamW.
#include <ATen/ATen.h>

#include <cmath>

#include "suite/feedback_rule.h"

namespace plasticity {
namespace {

class SignSymmetry final : public FeedbackRule {
 public:
  static RuleInfo Describe() {
    return {.name = "signsym",
            .summary = "Errors go back through the signs of the forward weights",
            .formula =
                "dW_l = -d_l x_l^T;  d_l = (B_l+1^T d_l+1) f'(u_l),  B = sign(W) M,  M a "
                "constant (usf), random each step (brsf) or random once (frsf)",
            .source =
                "Liao et al., AAAI 2016 (arXiv 1510.05067); Xiao et al., ICLR 2019 (arXiv "
                "1811.03567); code jsalbert/biotorch",
            .citation = "xiao2019biologically",
            .needs_labels = true,
            .locality = Locality::kGlobal,
            .backward = true,
            .trains_head = true,
            .published = {
                {"cifar10", 0.8366, 0, "BioTorch Benchmarks.md, usf, LeNet, Adam, 250 epochs"},
                {"cifar10", 0.8292, 0, "BioTorch Benchmarks.md, brsf, LeNet, Adam, 250 epochs"},
                {"cifar10", 0.8317, 0, "BioTorch Benchmarks.md, frsf, LeNet, Adam, 250 epochs"}}};
  }

  explicit SignSymmetry(Params& params)
      : FeedbackRule(params),
        variant_(params.Choice("variant", "usf", {"usf", "brsf", "frsf"},
                               "magnitudes: the initial weights' deviation, |B| drawn anew each "
                               "step, or |B| drawn once")) {}

  void Attach(Network& network) override {
    FeedbackRule::Attach(network);
    for (std::size_t layer = 0; layer <= network.blocks().size(); ++layer) {
      magnitudes_.push_back(Magnitude(layer, layer));
    }
  }

  at::Tensor FeedbackWeight(std::size_t layer, const at::Tensor& weight,
                            const Progress& progress) override {
    if (variant_ != "brsf") return weight.sign() * magnitudes_[layer];
    return weight.sign() * Magnitude(layer, progress.draw * magnitudes_.size() + layer);
  }

  std::int64_t Branch(const Progress& progress) const override {
    return variant_ == "brsf" ? kNoBranch : FeedbackRule::Branch(progress);  // which draws
  }

 private:
  at::Tensor Magnitude(std::size_t layer, std::uint64_t draw) {
    if (variant_ != "usf") return RandomWeight(layer, "weights.feedback", draw).abs();
    const at::Tensor& weight = LayerWeight(layer);
    const std::int64_t fan_in = weight.numel() / weight.size(0);
    return at::full({}, 1 / std::sqrt(3 * static_cast<double>(fan_in)),
                    weight.options().requires_grad(false));
  }

  std::string variant_;
  std::vector<at::Tensor> magnitudes_;  // of each layer, then of the head
};
PLASTICITY_REGISTER(Rule, SignSymmetry);

}  // namespace
}  // namespace plasticity
