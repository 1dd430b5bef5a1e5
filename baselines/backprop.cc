// Backpropagation of the cross-entropy through the whole network and its linear head: the ceiling.
// Source: SPHeRe's main.py with --is_bp, for optimiser and schedule.
#include <ATen/ATen.h>

#include "suite/ops/dropout.h"
#include "suite/supervised_rule.h"

namespace plasticity {
namespace {

class Backprop final : public SupervisedRule {
 public:
  static RuleInfo Describe() {
    return {
        .name = "backprop",
        .summary = "End-to-end backpropagation of the cross-entropy",
        .formula = "dW = -gradient of cross-entropy(head(features), labels)",
        .source =
            "Rumelhart, Hinton & Williams 1986, Nature 323:533; AdamW of Loshchilov & Hutter 2019",
        .citation = "rumelhart1986learning",
        .needs_labels = true,
        .locality = Locality::kGlobal,
        .descent = Descent::kLoss,
        .backward = true,
        .weight_transport = true,
        .is_baseline = true,
        .role = "ceiling",
        .trains_head = true};
  }

  explicit Backprop(Params& params)
      : SupervisedRule(params),
        dropout_(params.Later().Real("dropout", 0, Range{.min = 0, .max = 0.99},
                                     "share of features set to zero in front of the head")) {}

  StepReport ComputeGradients(const Batch& batch, const Progress& progress) override {
    at::Tensor x = batch.images;
    for (Block& block : network().blocks()) x = block.Forward(x, true);
    const at::Tensor features = network().Readable(x);
    at::Tensor kept = features;
    if (dropout_ > 0) {
      const std::int64_t n = features.size(0);
      kept =
          features * GatherWithDropout(at::ones_like(features.detach()),
                                       at::arange(n, features.options().dtype(at::kLong)), dropout_,
                                       network().streams().For("dropout", progress.draw));
    }
    const at::Tensor loss = objective().Loss(network().head().Forward(kept), batch);
    loss.backward();
    return {.features = features.detach(), .loss = loss.detach()};
  }

  // Forward, the weights' gradient, and the gradient to every block's input but the first's.
  double learn_flops() const override { return 3 * Rule::learn_flops(); }

 private:
  double dropout_;
};
PLASTICITY_REGISTER(Rule, Backprop);

}  // namespace
}  // namespace plasticity
