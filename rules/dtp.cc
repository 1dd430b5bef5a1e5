// Difference target propagation: learned inverses carry targets, not gradients, from block to
// block, and each block moves its output towards its target. Source: Lee, Zhang, Fischer & Bengio,
// "Difference target propagation", ECML 2015. Differs: inverses are linear (a dense map, or
// nearest-neighbour upsampling and a 3x3 convolution), since activations here are not bounded as
// tanh is; a block, batch norm included, is one layer; noise is relative to its input's deviation;
// both halves take AdamW in place of RMSprop.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "suite/ops/convolution.h"
#include "suite/supervised_rule.h"

namespace plasticity {
namespace {

// From a block's output back to its input.
class Inverse {
 public:
  Inverse(const Shape& output, const Shape& input, Stream init, at::Device device)
      : input_(input), convolutional_(!output.flat) {
    if (!convolutional_) {
      map_ = Linear(output.size(), input.size(), init, device);
      return;
    }
    map_ = Linear(9 * output.channels, input.channels, init, device);
    map_.weight = map_.weight.view({input.channels, output.channels, 3, 3})
                      .contiguous(at::MemoryFormat::ChannelsLast);
  }

  at::Tensor Forward(const at::Tensor& y) const {
    if (!convolutional_) {
      const at::Tensor x = map_.Forward(y);
      return input_.flat ? x : x.view({-1, input_.channels, input_.height, input_.width});
    }
    const at::Tensor large = at::upsample_nearest2d(y, {input_.height, input_.width});
    return Convolution(at::constant_pad_nd(large, {1, 1, 1, 1}), map_.weight, map_.bias, 1);
  }

  Linear& map() { return map_; }
  double flops() const {
    const std::int64_t positions = convolutional_ ? input_.height * input_.width : 1;
    return 2.0 * static_cast<double>(map_.weight.numel() * positions);
  }

 private:
  Shape input_;
  bool convolutional_;
  Linear map_;
};

class DifferenceTargetPropagation final : public SupervisedRule {
 public:
  static RuleInfo Describe() {
    return {
        .name = "dtp",
        .summary = "Difference target propagation: learned inverses carry targets back",
        .formula =
            "dW_l = -d|f_l(h_l-1) - t_l|^2/dW_l;  t_l-1 = h_l-1 + g_l(t_l) - g_l(h_l),  t_L "
            "= h_L - rate dloss/dh_L;  g_l inverts f_l",
        .source = "Lee et al., ECML 2015 (arXiv 1412.7525)",
        .citation = "lee2015difference",
        .needs_labels = true,
        .locality = Locality::kGlobal,
        .backward = true,
        .trains_head = true,
        .published = {{"cifar10", 0.5088, 0.0007,
                       "Dendritic Localized Learning 2025, Table 1, CNN 64-128-64-256, 4 seeds"}}};
  }

  explicit DifferenceTargetPropagation(Params& params)
      : SupervisedRule(params),
        target_rate_(params.Real("target_rate", 1, kNonNegative,
                                 "step of the last block's output down an image's loss")),
        noise_(params.Real("noise", 0.1, kNonNegative,
                           "that inverses learn with, in deviations of a block's input")),
        inverse_rate_(
            params.Real("inverse_learning_rate", 1e-3, kPositive, "step size of the inverses")) {}

  void Attach(Network& network) override {
    SupervisedRule::Attach(network);
    const std::vector<Block>& blocks = network.blocks();
    std::vector<at::Tensor> parameters;
    learn_flops_ = 2 * network.forward_flops();
    for (std::size_t i = 1; i < blocks.size(); ++i) {
      inverses_.emplace_back(blocks[i].output_shape(), blocks[i - 1].output_shape(),
                             network.streams().For("weights.inverse", i), network.device());
      Inverse& inverse = inverses_.back();
      parameters.insert(parameters.end(), {inverse.map().weight, inverse.map().bias});
      // The block once more with noise; the inverse on it, its gradient, and two targets.
      const PlasticLayer& layer = blocks[i].layer;
      learn_flops_ +=
          2.0 * static_cast<double>(layer.weight.numel() * layer.positions) + 4 * inverse.flops();
    }
    OptimizerConfig config = optimizer_config();
    config.learning_rate = inverse_rate_;
    config.min_learning_rate = std::min(config.min_learning_rate, inverse_rate_);
    config.weight_decay = 0;
    inverse_optimizer_ = Optimizer(config, parameters);
  }

  // The inverses learn on the way up, so that they carry this batch's targets down.
  StepReport ComputeGradients(const Batch& batch, const Progress& progress) override {
    std::vector<Block>& blocks = network().blocks();
    const std::size_t count = blocks.size();
    const auto images = static_cast<double>(batch.images.size(0));
    std::vector<at::Tensor> h = {batch.images};  // h[l]: activity above l blocks
    std::vector<at::Tensor> outputs;             // the same, with the block's graph
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) Reconstruct(i, h[i], progress.draw * count + i);
      outputs.push_back(blocks[i].Forward(h[i], true));
      h.push_back(outputs[i].detach());
    }
    inverse_optimizer_.Step(inverse_optimizer_.TakeGradients(), progress);

    const at::Tensor last = h[count].detach().requires_grad_();
    const at::Tensor features = network().Readable(last);
    const at::Tensor loss = objective().Loss(network().head().Forward(features), batch);
    loss.backward();

    const at::NoGradGuard no_gradients;
    at::Tensor target = h[count] - target_rate_ * images * last.grad();
    for (std::size_t i = count; i-- > 0;) {
      outputs[i].backward((h[i + 1] - target) / images);  // of 1/2 |output - target|^2
      if (i == 0) break;
      const Inverse& inverse = inverses_[i - 1];
      target = h[i] + (inverse.Forward(target) - inverse.Forward(h[i + 1]));
    }
    return {.features = features.detach(), .loss = loss.detach()};
  }

  // Every step draws noise.
  std::int64_t Branch(const Progress&) const override { return kNoBranch; }

  double learn_flops() const override { return learn_flops_; }

  void Visit(StateVisitor& visitor) override {
    SupervisedRule::Visit(visitor);
    ScopedVisitor optimizer(visitor, "inverse_optimizer");
    inverse_optimizer_.Visit(optimizer);
    for (std::size_t i = 0; i < inverses_.size(); ++i) {
      ScopedVisitor inverse(visitor, "inverse" + std::to_string(i + 2));
      inverses_[i].map().Visit(inverse);
    }
  }

 private:
  // Leaves the gradients of the reconstruction error of block `index`'s noisy input in its inverse.
  void Reconstruct(std::size_t index, const at::Tensor& input, std::uint64_t draw) {
    Block& block = network().blocks()[index];
    at::Tensor noisy, output;
    {
      const at::NoGradGuard no_gradients;
      const RunningStatisticsGuard guard(block);
      noisy = input + noise_ * input.std() * Noise(input, draw);
      output = block.Forward(noisy, true);
    }
    at::mse_loss(inverses_[index - 1].Forward(output), noisy).backward();
  }

  at::Tensor Noise(const at::Tensor& like, std::uint64_t draw) {
    at::Tensor noise = at::empty(like.sizes(), like.suggest_memory_format());
    Stream stream = network().streams().For("noise.inverse", draw);
    stream.FillNormal(noise.data_ptr<float>(), static_cast<std::size_t>(noise.numel()), 0, 1);
    return noise.to(like.device());
  }

  double target_rate_;
  double noise_;
  double inverse_rate_;
  double learn_flops_ = 0;
  std::vector<Inverse> inverses_;  // of every block but the first
  Optimizer inverse_optimizer_;
};
PLASTICITY_REGISTER(Rule, DifferenceTargetPropagation);

}  // namespace
}  // namespace plasticity
