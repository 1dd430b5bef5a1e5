// SPHeRe: each block learns so that its projected output keeps the cosine similarities between its
// inputs, with projection columns orthogonal over the batch. Source: "Rethinking Hebbian principle:
// low-dimensional structural projection for unsupervised learning", NeurIPS 2025 (arXiv
// 2510.14810), and its code (main.py), which is followed exactly. Differs: without the structural
// loss, the orthogonality loss or the projection as ablations; the readout's gradient never reached
// the blocks there, so it trains beside them here (readout=online), with its own AdamW of the same
// settings.
#include <ATen/ATen.h>

#include "suite/local_loss_rule.h"
#include "suite/ops/gram.h"

namespace plasticity {
namespace {

// The structural loss: mean over [n, n] of (cosines between x's rows - those between y's)^2;
// scalar.
at::Tensor StructureLoss(const at::Tensor& x, const at::Tensor& y) {
  return at::mse_loss(CosineGram(x), CosineGram(y));
}

// The orthogonality loss: mean over [p, p] of (cosines between the columns of y [n, p] -
// identity)^2; scalar.
at::Tensor OrthogonalityLoss(const at::Tensor& y) {
  return at::mse_loss(CosineGram(y.t()), at::eye(y.size(1), y.options()));
}

// A block's auxiliary head: 1x1 convolution to half the channels, batch norm, ReLU, mean over
// positions, projection. For a dense block the positions are one.
class Projection {
 public:
  Projection(Network& network, std::size_t index, std::int64_t columns) {
    Shape shape = network.blocks()[index].output_shape();
    const std::int64_t half = std::max<std::int64_t>(1, shape.channels / 2);
    reduce_ = Linear(shape.channels, half, network.streams().For("weights.sphere.reduce", index),
                     network.device());
    Shape reduced{.channels = half, .flat = true};
    norm_ = MakeOperation({{"op", "batch_norm"}}, reduced, "sphere");
    norm_->To(network.device());
    project_ = Linear(half, columns, network.streams().For("weights.sphere.project", index),
                      network.device());
  }

  // output [n, channels, h, w] or [n, channels] -> [n, columns]
  at::Tensor Forward(const at::Tensor& output) {
    if (output.dim() == 2)
      return project_.Forward(at::relu(norm_->Forward(reduce_.Forward(output), true)));
    const at::Tensor weight = reduce_.weight.unsqueeze(2).unsqueeze(3);
    // Contiguous, since ATen sums a channels-last batch in float32 and this one in float64:
    // gradients that are zero in theory (of the block's own shift) then stay as near to it as the
    // source's.
    const at::Tensor reduced =
        norm_->Forward(at::conv2d(output, weight, reduce_.bias).contiguous(), true);
    return project_.Forward(at::relu(reduced).mean({2, 3}));
  }

  NamedTensors Parameters() const {
    std::vector<at::Tensor> norm;
    norm_->AddParameters(norm);
    return {{"reduce.weight", reduce_.weight},
            {"reduce.bias", reduce_.bias},
            {"norm.gain", norm[0]},
            {"norm.shift", norm[1]},
            {"project.weight", project_.weight},
            {"project.bias", project_.bias}};
  }

  // The running statistics, which are kept and never read.
  void VisitStatistics(StateVisitor& visitor) {
    StateCollector norm;
    norm_->Visit(norm);
    for (const char* name : {"mean", "variance"})
      visitor.Tensor(std::string("norm.") + name, norm.tensors.at(name));
  }

 private:
  Linear reduce_;
  std::unique_ptr<Operation> norm_;
  Linear project_;
};

class Sphere final : public LocalLossRule {
 public:
  static RuleInfo Describe() {
    return {
        .name = "sphere",
        .summary =
            "Blocks keep the similarities between their inputs in a low-dimensional orthogonal "
            "projection",
        .formula =
            "loss = mean (K(x) - K(p))^2 + lambda mean (K(p^T) - I)^2;  p = projection of the "
            "block's output, "
            "K = cosines between rows",
        .source = "SPHeRe, NeurIPS 2025 (arXiv 2510.14810); code brain-intelligence-lab/SPHeRe",
        .citation = "sphere2025",
        .locality = Locality::kLayer,
        .descent = Descent::kLoss,
        .native = {
            {"network", "sphere-cnn"},
            {"readout", "online"},
            {"set", {{"task.epochs", 100}, {"task.samples", 0}, {"task.validation_images", 0}}}}};
  }

  explicit Sphere(Params& params)
      : LocalLossRule(params, 128,
                      {.learning_rate = 1e-3,
                       .weight_decay = 0.05,
                       .schedule = "cosine",
                       .min_learning_rate = 1e-6}),
        lambda_(params.Real("lambda", 0.8, Range{.min = 0, .max = 10},
                            "weight of the orthogonality loss")),
        structure_(params.Real("structure", 1, Range{.min = 0, .max = 10},
                               "weight of the structural loss")),
        columns_(params.Integer("projection", 256, kNonNegative,
                                "columns of the projection; 0: none, the losses look at the "
                                "block's output, its mean over positions")) {}

  NamedTensors MakeModules(Network& network, std::size_t index) override {
    if (columns_ == 0) return {};
    return projections_.emplace_back(network, index, columns_).Parameters();
  }

  at::Tensor Loss(std::size_t index, const at::Tensor& input, const at::Tensor& output,
                  const Batch&) override {
    const at::Tensor p = Represent(index, output);  // [n, columns]
    return structure_ * StructureLoss(input, p) + lambda_ * OrthogonalityLoss(p);
  }

  at::Tensor Represent(std::size_t index, const at::Tensor& output) override {
    if (columns_ > 0) return projections_[index].Forward(output);
    return output.dim() == 2 ? output : output.mean({2, 3});
  }

  void Visit(StateVisitor& visitor) override {
    LocalLossRule::Visit(visitor);
    for (std::size_t i = 0; i < projections_.size(); ++i) {
      ScopedVisitor block(visitor, "modules.block" + std::to_string(i + 1));
      projections_[i].VisitStatistics(block);
    }
  }

 private:
  double lambda_;
  double structure_;
  std::int64_t columns_;
  std::vector<Projection> projections_;
};
PLASTICITY_REGISTER(Rule, Sphere);

}  // namespace
}  // namespace plasticity
