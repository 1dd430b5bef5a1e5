// Feedback alignment: errors go back through fixed random weights, which the forward weights come
// to align with. Source: Lillicrap, Cownden, Tweed & Akerman, "Random synaptic feedback weights
// support error backpropagation for deep learning", Nature Communications 7:13276, 2016. Differs:
// convolutions have random kernels, as in BioTorch; AdamW in place of plain descent.
#include <ATen/ATen.h>

#include "suite/feedback_rule.h"

namespace plasticity {
namespace {

class FeedbackAlignment final : public FeedbackRule {
 public:
  static RuleInfo Describe() {
    return {
        .name = "fa",
        .summary = "Feedback alignment: errors go back through fixed random weights",
        .formula =
            "dW_l = -d_l x_l^T;  d_l = (B_l+1^T d_l+1) f'(u_l),  B fixed and random, of "
            "the head too",
        .source = "Lillicrap et al. 2016, Nature Communications 7:13276",
        .citation = "lillicrap2016random",
        .needs_labels = true,
        .locality = Locality::kGlobal,
        .backward = true,
        .trains_head = true,
        .published = {{"cifar10", 0.5933, 0, "BioTorch Benchmarks.md, LeNet, Adam, 250 epochs"},
                      {"cifar10", 0.5960, 0.0046,
                       "Dendritic Localized Learning 2025, Table 1, CNN 64-128-64-256, 4 seeds"}}};
  }

  explicit FeedbackAlignment(Params& params) : FeedbackRule(params) {}

  void Attach(Network& network) override {
    FeedbackRule::Attach(network);
    for (std::size_t layer = 0; layer <= network.blocks().size(); ++layer) {
      feedback_.push_back(RandomWeight(layer, "weights.feedback", layer));
    }
  }

  at::Tensor FeedbackWeight(std::size_t layer, const at::Tensor&, const Progress&) override {
    return feedback_[layer];
  }

 private:
  std::vector<at::Tensor>
      feedback_;  // of each layer, then of the head; drawn anew by a resumed run
};
PLASTICITY_REGISTER(Rule, FeedbackAlignment);

}  // namespace
}  // namespace plasticity
