// Barlow Twins, block by block: the projected outputs for two changed copies of an image agree
// (each projection correlates with itself), and the projections do not correlate with each other.
// Source: Zbontar, Jing, Misra, LeCun & Deny, "Barlow twins: self-supervised learning via
// redundancy reduction", ICML 2021 (arXiv 2103.03230), for the loss; Siddiqui, Krueger, LeCun &
// Deny, "Blockwise self-supervised learning at scale", 2023 (arXiv 2302.01647), for a loss a block
// on globally pooled outputs. Differs: a linear projection instead of an MLP of three layers; the
// loss is divided by the number of projections, so that its size does not depend on it; AdamW
// instead of LARS; shift, flip, brightness and contrast instead of ImageNet's augmentations, which
// include crops of other sizes, hue, greyscale, blur and solarisation; a block's batch norm sees
// both copies at once.
#include <ATen/ATen.h>

#include "suite/local_loss_rule.h"
#include "suite/ops/augment.h"

namespace plasticity {
namespace {

class Barlow final : public LocalLossRule {
 public:
  static RuleInfo Describe() {
    return {.name = "barlow",
            .summary = "Blocks agree on two views of an image, by projections without redundancy",
            .formula =
                "loss = mean_i [(1 - C_ii)^2 + lambda sum_{j != i} C_ij^2];  C = correlations "
                "between the projections of two views",
            .source =
                "Zbontar et al., ICML 2021 (arXiv 2103.03230), for each block as in Siddiqui "
                "et al. 2023 (arXiv 2302.01647)",
            .citation = "zbontar2021barlow",
            .locality = Locality::kLayer,
            .descent = Descent::kLoss};
  }

  explicit Barlow(Params& params)
      : LocalLossRule(params, 128,
                      {.learning_rate = 1e-3, .weight_decay = 1e-6, .schedule = "cosine"}),
        lambda_(params.Real("lambda", 0.0051, kNonNegative,
                            "weight of the correlations between projections")),
        columns_(params.Integer("projection", 512, Range{.min = 1}, "number of projections")),
        augmentation_(Augmentation::Declare(params, {})) {}

  Batch Prepare(const Batch& batch, const Progress& progress) override {
    return {.images = TwoViews(batch.images, augmentation_, network().streams(), progress.draw)};
  }
  // Every step draws.
  std::int64_t Branch(const Progress&) const override { return kNoBranch; }
  double views() const override { return 2; }

  NamedTensors MakeModules(Network& network, std::size_t index) override {
    const Linear projection(network.blocks()[index].output_shape().channels, columns_,
                            network.streams().For("weights.barlow.project", index),
                            network.device());
    return {{"project", projection.weight}};  // a bias would not survive the correlation
  }

  at::Tensor Loss(std::size_t index, const at::Tensor&, const at::Tensor& output,
                  const Batch&) override {
    const std::vector<at::Tensor> views = Represent(index, output).chunk(2);
    const auto n = static_cast<double>(views[0].size(0));
    const at::Tensor squares =
        (Standardize(views[0]).t().mm(Standardize(views[1])) / n -  // C [columns, columns]
         at::eye(columns_, output.options()))
            .square();
    const at::Tensor own = squares.trace();
    return (own + lambda_ * (squares.sum() - own)) / static_cast<double>(columns_);
  }

  // The projections of the output's mean over positions, [n, columns].
  at::Tensor Represent(std::size_t index, const at::Tensor& output) override {
    return at::linear(output.dim() == 4 ? output.mean({2, 3}) : output, module(index, "project"));
  }

 private:
  // Columns of x [n, columns] with mean 0 and variance 1 over the batch.
  static at::Tensor Standardize(const at::Tensor& x) {
    return at::batch_norm(x, {}, {}, {}, {}, true, 0, 1e-5, false);
  }

  double lambda_;
  std::int64_t columns_;
  Augmentation augmentation_;
};
PLASTICITY_REGISTER(Rule, Barlow);

}  // namespace
}  // namespace plasticity
