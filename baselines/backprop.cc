// Backpropagation of the cross-entropy through the whole network and its linear head: the ceiling.
// Source: SPHeRe's main.py with --is_bp, for optimiser and schedule.
#include <ATen/ATen.h>

#include "suite/optimizer.h"
#include "suite/rule.h"

namespace plasticity {
namespace {

class Backprop final : public Rule {
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
        .backward = true,
        .weight_transport = true,
        .is_baseline = true,
        .role = "ceiling",
        .trains_head = true};
  }

  explicit Backprop(Params& params)
      : Rule(params, 128),
        config_(OptimizerConfig::Declare(params, {.learning_rate = 1e-3,
                                                  .weight_decay = 0.05,
                                                  .schedule = "cosine",
                                                  .min_learning_rate = 1e-6})) {}

  void Attach(Network& network) override {
    Rule::Attach(network);
    std::vector<at::Tensor> parameters;
    for (const Block& block : network.blocks()) {
      for (const at::Tensor& parameter : block.Parameters()) parameters.push_back(parameter);
    }
    parameters.insert(parameters.end(), {network.head().weight, network.head().bias});
    optimizer_ = Optimizer(config_, parameters);
  }

  StepReport Step(const Batch& batch, const Progress& progress) override {
    at::Tensor x = batch.images;
    for (Block& block : network().blocks()) x = block.Forward(x, true);
    const at::Tensor features = network().Readable(x);
    const at::Tensor loss =
        at::cross_entropy_loss(network().head().Forward(features), batch.labels);
    loss.backward();
    optimizer_.Step(progress);
    return {.features = features.detach(), .loss = loss.detach()};
  }

  // Forward, the weights' gradient, and the gradient to every block's input but the first's.
  double learn_flops() const override { return 3 * Rule::learn_flops(); }

  void Visit(StateVisitor& visitor) override { optimizer_.Visit(visitor); }

 private:
  OptimizerConfig config_;
  Optimizer optimizer_;
};
PLASTICITY_REGISTER(Rule, Backprop);

}  // namespace
}  // namespace plasticity
