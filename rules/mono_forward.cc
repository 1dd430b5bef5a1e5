// Mono-Forward: each block predicts the label from its own output by a projection of its own, and
// no gradient leaves the block. Source: Gong, Li & Abdulla, "Mono-Forward: backpropagation-free
// algorithm for efficient neural network training harnessing local errors", 2025 (arXiv
// 2501.09238). Differs: a map is flattened for its projection; the projection starts as LibTorch's
// dense layers do; a readout classifies, for which readout=online is the source's prediction by the
// last layer's projection (its "BP" mode); all blocks learn from each batch, as in local-loss.
#include <ATen/ATen.h>

#include "suite/local_loss_rule.h"

namespace plasticity {
namespace {

class MonoForward final : public LocalLossRule {
 public:
  static RuleInfo Describe() {
    return {.name = "mono_forward",
            .summary = "Each block predicts the label by a projection to classes of its own",
            .formula = "loss = cross-entropy(g, label);  g = M a, M [classes, out], a = output",
            .source = "Gong, Li & Abdulla 2025 (arXiv 2501.09238)",
            .citation = "gong2025mono",
            .needs_labels = true,
            .locality = Locality::kLayer,
            .descent = Descent::kLoss,
            .native = {{"network", "mono-forward-mlp"},
                       {"readout", "online"},
                       {"set",
                        {{"task.epochs", 30}, {"task.samples", 0}, {"task.validation_images", 0}}}},
            .published = {{"cifar10", 0.6234, 0, "Gong, Li & Abdulla 2025, MLP of 3 x 2000"}}};
  }

  explicit MonoForward(Params& params)
      : LocalLossRule(params, 64, {.kind = "adam", .learning_rate = 1e-3}) {}

  NamedTensors MakeModules(Network& network, std::size_t index) override {
    const Linear projection(network.blocks()[index].output_shape().size(), network.classes(),
                            network.streams().For("weights.mono_forward.project", index),
                            network.device());
    return {{"project", projection.weight}};  // M
  }

  at::Tensor Loss(std::size_t index, const at::Tensor& /*input*/, const at::Tensor& output,
                  const Batch& batch) override {
    const at::Tensor goodness = at::linear(output.flatten(1), module(index, "project"));
    return objective().LabelLoss(goodness, batch);  // g [n, classes]
  }
};
PLASTICITY_REGISTER(Rule, MonoForward);

}  // namespace
}  // namespace plasticity
