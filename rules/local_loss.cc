// Local error signals ("predsim"): each block learns that its output predicts the label through a
// linear classifier of its own, and that the similarities between images in a projection of its
// output are those between their labels. Source: Nokland & Eidnes, "Training neural networks with
// local error signals", ICML 2019 (arXiv 1901.06656), and its code (train.py), for losses, modules
// and optimiser. Differs: the losses look at the block's output after its pooling, which is a layer
// of its own there; the classifier's input is pooled adaptively to the largest square that
// `classifier_inputs` allows; no dropout in blocks; one cosine of learning rates instead of drops
// at 50, 75, 89 and 94 % of the epochs; a readout classifies instead of a global last layer.
#include <ATen/ATen.h>

#include <cmath>

#include "suite/local_loss_rule.h"
#include "suite/ops/convolution.h"
#include "suite/ops/gram.h"

namespace plasticity {
namespace {

// Cosine similarities between rows, each with its own mean taken off: [n, n]. A feature map counts
// as the standard deviations of its channels over positions.
at::Tensor AdjustedSimilarity(const at::Tensor& x) {
  const bool map = x.dim() == 4 && x.size(2) * x.size(3) > 1;
  const at::Tensor rows = map ? x.flatten(2).std(2) : x.flatten(1);  // [n, d]
  return CosineGram(rows - rows.mean(1, true));
}

// What one block needs to look at its output: a linear classifier, and a projection for the
// similarities that keeps the shape (3 x 3 convolution or dense).
class Observer {
 public:
  Observer(Network& network, std::size_t index, std::int64_t classifier_inputs) {
    const Shape shape = network.blocks()[index].output_shape();
    const auto init = [&](const char* purpose) { return network.streams().For(purpose, index); };
    const double room = static_cast<double>(classifier_inputs / shape.channels);
    side_ = std::max<std::int64_t>(
        1, std::min({shape.height, shape.width, static_cast<std::int64_t>(std::sqrt(room))}));
    classifier_ = Linear(shape.channels * side_ * side_, network.classes(),
                         init("weights.local-loss.classify"), network.device());
    const std::int64_t kernel = shape.flat ? 1 : 3;
    projection_ = Linear(shape.channels * kernel * kernel, shape.channels,
                         init("weights.local-loss.project"), network.device())
                      .weight;
    if (!shape.flat) {
      projection_ = projection_.view({shape.channels, shape.channels, kernel, kernel});
    }
  }

  at::Tensor Scores(const at::Tensor& output) const {  // [n, classes]
    const at::Tensor pooled =
        output.dim() == 4 ? at::adaptive_avg_pool2d(output, {side_, side_}) : output;
    return classifier_.Forward(pooled.flatten(1));
  }

  at::Tensor Project(const at::Tensor& output) const {  // shaped as output
    if (output.dim() == 2) return at::linear(output, projection_);
    return Convolution(at::constant_pad_nd(output, {1, 1, 1, 1}), projection_, {}, 1);
  }

  NamedTensors Parameters() const {
    return {{"classify.weight", classifier_.weight},
            {"classify.bias", classifier_.bias},
            {"project", projection_}};
  }

 private:
  std::int64_t side_ = 1;  // of the classifier's pooled input
  Linear classifier_;
  at::Tensor projection_;  // [channels, channels, 3, 3] or [channels, channels]
};

class LocalLoss final : public LocalLossRule {
 public:
  static RuleInfo Describe() {
    return {.name = "local-loss",
            .summary = "Blocks predict the label and match the similarities between labels",
            .formula =
                "loss = (1 - beta) cross-entropy(classifier(y), label) + beta mean (S(project(y)) "
                "- S(one-hot label))^2;  S = cosines between centred rows",
            .source = "Nokland & Eidnes, ICML 2019 (arXiv 1901.06656); code anokland/local-loss",
            .citation = "nokland2019training",
            .needs_labels = true,
            .locality = Locality::kLayer,
            .descent = Descent::kLoss};
  }

  explicit LocalLoss(Params& params)
      : LocalLossRule(params, 128, {.kind = "adam", .learning_rate = 5e-4, .schedule = "cosine"}),
        beta_(params.Real("beta", 0.99, kUnitInterval,
                          "weight of the similarity loss; the prediction loss has the rest")),
        classifier_inputs_(params.Integer(
            "classifier_inputs", 2048, Range{.min = 1},
            "a map is pooled until its values are at most so many, or one a channel")) {}

  NamedTensors MakeModules(Network& network, std::size_t index) override {
    return observers_.emplace_back(network, index, classifier_inputs_).Parameters();
  }

  at::Tensor Loss(std::size_t index, const at::Tensor&, const at::Tensor& output,
                  const Batch& batch) override {
    const Observer& observer = observers_[index];
    at::Tensor loss;
    // A loss without weight is not computed at all, and its module left alone.
    if (beta_ < 1) loss = (1 - beta_) * objective().LabelLoss(observer.Scores(output), batch);
    if (beta_ > 0) {
      const at::Tensor one_hot =
          at::one_hot(batch.labels, network().classes()).to(output.scalar_type());
      const at::Tensor matching =
          at::mse_loss(AdjustedSimilarity(observer.Project(output)), AdjustedSimilarity(one_hot));
      loss = loss.defined() ? loss + beta_ * matching : beta_ * matching;
    }
    return loss;
  }

 private:
  double beta_;
  std::int64_t classifier_inputs_;
  std::vector<Observer> observers_;
};
PLASTICITY_REGISTER(Rule, LocalLoss);

}  // namespace
}  // namespace plasticity
