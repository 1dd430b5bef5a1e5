// Predictive coding: activities settle between the image and the label so that every block's
// prediction of the next activity errs least, then each block learns from its own remaining error.
// Source: Whittington & Bogacz, "An approximation of the error backpropagation algorithm in a
// predictive coding network with local Hebbian synaptic plasticity", Neural Computation 29:1229,
// 2017. Differs: f_l is a whole block, its derivative taken by autograd inside the block, batch
// norm included, whose statistics are those of the settling batch; the output's error is the
// cross-entropy of the head in place of a squared error; activities take a fixed number of Euler
// steps from the feed-forward pass; all variances are 1; AdamW.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "suite/supervised_rule.h"

namespace plasticity {
namespace {

class PredictiveCoding final : public SupervisedRule {
 public:
  static RuleInfo Describe() {
    return {
        .name = "pc",
        .summary = "Predictive coding: activities settle, then blocks learn from local errors",
        .formula =
            "E = 1/2 sum |x_l - f_l(x_l-1)|^2 + cross-entropy(head(x_L));  x descends E, "
            "then dW_l = -dE/dW_l",
        .source = "Whittington & Bogacz 2017, Neural Computation 29:1229",
        .citation = "whittington2017approximation",
        .needs_labels = true,
        .locality = Locality::kGlobal,
        .backward = true,
        .weight_transport = true,
        .trains_head = true,
        .published = {{"cifar10", 0.7294, 0.0032,
                       "Dendritic Localized Learning 2025, Table 1, CNN 64-128-64-256, 4 seeds"}}};
  }

  explicit PredictiveCoding(Params& params)
      : SupervisedRule(params),
        steps_(params.Integer(
            "inference_steps", 5, Range{.min = 1},
            "steps that activities take to settle; the label moves one block a step")),
        rate_(params.Real("inference_rate", 0.05, kPositive, "size of such a step")) {}

  void Attach(Network& network) override {
    SupervisedRule::Attach(network);
    const PlasticLayer& layer = network.blocks()[0].layer;
    const double all = network.forward_flops();
    const double above = all - 2.0 * static_cast<double>(layer.weight.numel() * layer.positions);
    // Forward and the weights' gradient; above the first block, settling forward and back, and
    // forward once more.
    learn_flops_ = 2 * all + (2 * static_cast<double>(steps_) + 1) * above;
  }

  StepReport ComputeGradients(const Batch& batch, const Progress&) override {
    std::vector<Block>& blocks = network().blocks();
    // The first block's input is fixed, and so is its prediction, which is kept to learn from.
    const at::Tensor first = blocks[0].Forward(batch.images, true);
    std::vector<at::Tensor> x = {batch.images, first.detach()};  // x[l]: activity above l blocks
    {
      const at::NoGradGuard no_gradients;
      for (std::size_t i = 1; i < blocks.size(); ++i) {
        x.push_back(blocks[i].Forward(x.back(), true));
      }
    }
    const at::Tensor features = network().Readable(x.back()).detach();
    const RunningStatisticsGuard guard(network());
    for (std::int64_t step = 0; step < steps_; ++step) Settle(x, first, batch, step);
    return {.features = features, .loss = Descend(x, first, batch)};
  }

  double learn_flops() const override { return learn_flops_; }

 private:
  // Summed over the batch, as the energy is: an image's activities settle by themselves.
  at::Tensor OutputLoss(const at::Tensor& last, const Batch& batch) {
    const at::Tensor scores = network().head().Forward(network().Readable(last));
    return objective().Loss(scores, batch) * static_cast<double>(scores.size(0));
  }

  // One step of all activities at once down the energy.
  void Settle(std::vector<at::Tensor>& x, const at::Tensor& first, const Batch& batch,
              std::int64_t step) {
    const std::size_t count = network().blocks().size();
    std::vector<at::Tensor> slope(count + 1);  // dE/dx; undefined where it is zero
    const at::Tensor last = x[count].detach().requires_grad_();
    OutputLoss(last, batch).backward({}, std::nullopt, false, at::TensorList(last));
    slope[count] = last.grad();
    for (std::size_t l = count; l > 1; --l) {
      // The label moves x_l in step count - l for the first time; before, every prediction up to
      // it is exact.
      if (static_cast<std::size_t>(step) + l <= count) break;
      const at::Tensor below = x[l - 1].detach().requires_grad_();
      const at::Tensor prediction = network().blocks()[l - 1].Forward(below, true);
      const at::Tensor error = x[l] - prediction.detach();
      prediction.backward(error, std::nullopt, false, at::TensorList(below));
      slope[l] = slope[l] + error;
      slope[l - 1] = -below.grad();
    }
    if (slope[1].defined()) slope[1] = slope[1] + (x[1] - first.detach());
    for (std::size_t l = 1; l <= count; ++l) {
      if (slope[l].defined()) x[l] = x[l] - rate_ * slope[l];
    }
  }

  // Leaves the gradients of the energy's mean over the batch in the parameters: each block's from
  // its own term alone. Gives that mean.
  at::Tensor Descend(const std::vector<at::Tensor>& x, const at::Tensor& first,
                     const Batch& batch) {
    const auto images = static_cast<double>(batch.images.size(0));
    const at::Tensor output = OutputLoss(x.back(), batch) / images;
    output.backward();
    at::Tensor energy = output.detach();
    for (std::size_t l = 1; l < x.size(); ++l) {
      const at::Tensor prediction =
          l == 1 ? first : network().blocks()[l - 1].Forward(x[l - 1], true);
      const at::Tensor error = x[l] - prediction.detach();
      prediction.backward(-error / images);
      energy = energy + error.square().sum() / (2 * images);
    }
    return energy;
  }

  std::int64_t steps_;
  double rate_;
  double learn_flops_ = 0;
};
PLASTICITY_REGISTER(Rule, PredictiveCoding);

}  // namespace
}  // namespace plasticity
