// Channel-wise competition: a block's channels are split into one group a class, a group's goodness
// is its mean square, and each block learns by itself that the group of the image's class is the
// best. Source: Papachristodoulou, Kyrkou, Timotheou & Theocharides, "Convolutional channel-wise
// competitive learning for the forward-forward algorithm", AAAI 2024 (arXiv 2312.12668), and its
// code (Layer_cnn.py, criterion CwC_CE), for loss, optimiser and batch. Differs: the network is the
// one asked for, so normalisation, activation and pooling are its own and convolutions are not
// grouped by class; a tenth of the learning rate, since with 0.01 short runs on our presets end
// in features no better than random ones; all blocks learn all the time, not in the paper's
// interleaved epochs; a readout classifies, not the mean goodness of the blocks; where channels do
// not divide evenly, the first groups are one channel larger.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include "suite/base/error.h"
#include "suite/local_loss_rule.h"

namespace plasticity {
namespace {

// The matrix [channels, classes] that averages channels into groups.
at::Tensor GroupMeans(std::int64_t channels, std::int64_t classes, at::Device device) {
  at::Tensor means = at::zeros({channels, classes});
  std::int64_t group = 0;
  for (const at::Tensor& members : at::arange(channels).tensor_split(classes)) {
    means.select(1, group++).index_fill_(0, members, 1.0 / static_cast<double>(members.numel()));
  }
  return means.to(device);
}

class Cwc final : public LocalLossRule {
 public:
  static RuleInfo Describe() {
    return {.name = "cwc",
            .summary = "Groups of channels, one a class, compete for the largest goodness",
            .formula =
                "loss = cross-entropy(g, label);  g_k = mean square of the block's output over "
                "group k's channels and all positions",
            .source =
                "Papachristodoulou et al., AAAI 2024 (arXiv 2312.12668); code andreaspapac/CwComp",
            .citation = "papachristodoulou2024convolutional",
            .needs_labels = true,
            .locality = Locality::kLayer,
            .descent = Descent::kLoss,
            .published = {{"cifar10", 0.7811, 0.0044,
                           "CwComp, CNN of 4 layers; DeeperForward (ICLR 2025), Table 1"}}};
  }

  explicit Cwc(Params& params)
      : LocalLossRule(params, 128, {.kind = "adam", .learning_rate = 1e-3}) {}

  void Attach(Network& network) override {
    LocalLossRule::Attach(network);
    const std::int64_t classes = network.classes();
    means_.clear();
    for (const Block& block : network.blocks()) {
      const std::int64_t channels = block.output_shape().channels;
      if (channels < classes) {
        throw InputError(
            fmt::format("cwc: block {} has {} channels, and each of the {} classes needs one. "
                        "Choose a wider network.",
                        means_.size() + 1, channels, classes));
      }
      means_.push_back(GroupMeans(channels, classes, network.device()));
    }
  }

  at::Tensor Loss(std::size_t index, const at::Tensor&, const at::Tensor& output,
                  const Batch& batch) override {
    return objective().LabelLoss(Represent(index, output), batch);
  }

  // The groups' goodness [n, classes].
  at::Tensor Represent(std::size_t index, const at::Tensor& output) override {
    const at::Tensor squares = output.square();
    return (squares.dim() == 4 ? squares.mean({2, 3}) : squares).mm(means_[index]);
  }

 private:
  std::vector<at::Tensor> means_;  // one a block, [channels, classes]
};
PLASTICITY_REGISTER(Rule, Cwc);

}  // namespace
}  // namespace plasticity
