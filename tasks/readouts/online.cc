// A linear readout trained beside the rule on the features of its own forward passes, as SPHeRe's
// code does: there one AdamW trains blocks and readout together, and no gradient reaches the
// blocks. Under a rule that trains the network's head itself (backprop) the readout is that head.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "suite/optimizer.h"
#include "suite/readout.h"

namespace plasticity {
namespace {

class Online final : public Readout {
 public:
  static ReadoutInfo Describe() {
    return {.name = "online",
            .summary = "linear, trained with cross-entropy beside the rule",
            .source = "SPHeRe main.py",
            .beside = true};
  }

  explicit Online(Params& params)
      : config_(OptimizerConfig::Declare(params, {.learning_rate = 1e-3,
                                                  .weight_decay = 0.05,
                                                  .schedule = "cosine",
                                                  .min_learning_rate = 1e-6})) {}

  void Attach(const RuleInfo& rule, Network& network, std::int64_t feature_count,
              std::int64_t classes) override {
    rule_trains_ = rule.trains_head;
    if (feature_count == network.feature_count()) {
      head_ = &network.head();
    } else {
      own_ = Linear(feature_count, classes, network.streams().For("weights.readout"),
                    network.device());
      head_ = &own_;
    }
    if (!rule_trains_) optimizer_ = Optimizer(config_, {head_->weight, head_->bias});
  }

  StepReport Learn(const at::Tensor& features, const at::Tensor&, const Batch& batch,
                   const Progress&) override {
    if (rule_trains_) return {};
    const at::Tensor loss = objective().Loss(head_->Forward(features), batch);
    loss.backward();
    update() = optimizer_.TakeGradients();
    return {.loss = loss.detach()};
  }

  void Commit(const Progress& progress) override { optimizer_.Step(update(), progress); }

  std::int64_t Branch(const Progress& progress) const override {
    return rule_trains_ ? 0 : config_.Branch(progress);
  }

  at::Tensor Scores(const at::Tensor& features) override { return head_->Forward(features); }

  void Visit(StateVisitor& visitor) override {
    if (own_.weight.defined()) own_.Visit(visitor);
    optimizer_.Visit(visitor);
  }

 private:
  OptimizerConfig config_;
  Optimizer optimizer_;
  Linear own_;
  Linear* head_ = nullptr;
  bool rule_trains_ = false;
};
PLASTICITY_REGISTER(Readout, Online);

}  // namespace
}  // namespace plasticity
