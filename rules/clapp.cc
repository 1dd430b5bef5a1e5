// CLAPP: what a block gives at one place of an image predicts what it gives further down in the
// same image, and not what it gives there in another image. Source: Illing, Ventura, Bellec &
// Gerstner, "Local plasticity rules can learn deep representations using self-supervised
// contrastive predictions", NeurIPS 2021 (arXiv 2010.08262), and its code (ContrastiveLoss.py, mode
// hinge, both updates at once), for loss, optimiser and batch. Differs: the places are rows of the
// block's own output map, not patches that are cut from the image and encoded apart; one distance,
// not five; the other image is the batch's next, at the same place; prediction weights start as
// LibTorch's dense layers do. A map of one row (a dense block) has nothing further down: there, one
// changed copy of the image (shift, flip, brightness, contrast) predicts another, and all blocks of
// such a network see both copies.
#include <ATen/ATen.h>

#include <algorithm>

#include "suite/local_loss_rule.h"
#include "suite/ops/augment.h"

namespace plasticity {
namespace {

class Clapp final : public LocalLossRule {
 public:
  static RuleInfo Describe() {
    return {
        .name = "clapp",
        .summary = "A place in an image predicts the block's output further down, by a hinge loss",
        .formula =
            "loss = mean max(0, 1 - z^T W c) + mean max(0, 1 + z'^T W c);  c, z = output at a "
            "place and `ahead` rows further, z' = z of another image",
        .source =
            "Illing et al., NeurIPS 2021 (arXiv 2010.08262); code "
            "EPFL-LCN/pub-illing2021-neurips",
        .citation = "illing2021local",
        .locality = Locality::kLayer,
        .descent = Descent::kLoss};
  }

  explicit Clapp(Params& params)
      : LocalLossRule(params, 32, {.kind = "adam", .learning_rate = 2e-4}),
        ahead_(params.Integer("ahead", 1, Range{.min = 1},
                              "distance of a prediction; at most the map's height less one",
                              "rows")),
        augmentation_(Augmentation::Declare(params, {})) {}

  Batch Prepare(const Batch& batch, const Progress& progress) override {
    if (!two_views_) return batch;
    return {.images = TwoViews(batch.images, augmentation_, network().streams(), progress.draw)};
  }
  std::int64_t Branch(const Progress& progress) const override {
    return two_views_ ? kNoBranch : LocalLossRule::Branch(progress);  // the views are drawn
  }
  double views() const override { return two_views_ ? 2 : 1; }

  NamedTensors MakeModules(Network& network, std::size_t index) override {
    const Shape shape = network.blocks()[index].output_shape();
    two_views_ = two_views_ || shape.height == 1;
    const Linear prediction(shape.channels, shape.channels,
                            network.streams().For("weights.clapp.predict", index),
                            network.device());
    return {{"predict", prediction.weight}};
  }

  at::Tensor Loss(std::size_t index, const at::Tensor&, const at::Tensor& output,
                  const Batch&) override {
    at::Tensor context, target;  // [n, channels] or [n, rows - ahead, columns, channels]
    if (output.dim() == 4 && output.size(2) > 1) {
      const at::Tensor places = output.movedim(1, 3);  // [n, rows, columns, channels]
      const std::int64_t rows = places.size(1), ahead = std::min(ahead_, rows - 1);
      context = places.slice(1, 0, rows - ahead);
      target = places.slice(1, ahead);
    } else {
      const std::vector<at::Tensor> views = output.movedim(1, -1).chunk(2);
      context = views[0];
      target = views[1];
    }
    const at::Tensor predicted = at::linear(context, module(index, "predict"));
    const at::Tensor same = (target * predicted).sum(-1);
    // A batch is in random order, so that its next image is as good as a drawn one.
    const at::Tensor other = (target.roll(1, 0) * predicted).sum(-1);
    return at::relu(1 - same).mean() + at::relu(1 + other).mean();
  }

 private:
  std::int64_t ahead_;
  Augmentation augmentation_;
  bool two_views_ = false;  // whether some block has nothing further down
};
PLASTICITY_REGISTER(Rule, Clapp);

}  // namespace
}  // namespace plasticity
