// Direct feedback alignment: every block gets the output error itself, through a fixed random
// projection. Source: Nokland, "Direct feedback alignment provides learning in deep neural
// networks", NeurIPS 2016. Differs: the projection ends at a block's output, behind its pooling, as
// a hidden layer is a block here; AdamW in place of RMSprop. No error passes a plastic layer, so
// trained operations in front of one, inside its block, stay as they are.
#include <ATen/ATen.h>

#include <cmath>

#include "suite/feedback_rule.h"

namespace plasticity {
namespace {

class DirectFeedbackAlignment final : public FeedbackRule {
 public:
  static RuleInfo Describe() {
    return {
        .name = "dfa",
        .summary =
            "Direct feedback alignment: each block gets the output error through fixed "
            "random weights",
        .formula =
            "dW_l = -d_l x_l^T;  d_l = (B_l^T e) f'(u_l),  e = softmax - one-hot,  B "
            "fixed and random",
        .source = "Nokland, NeurIPS 2016 (arXiv 1609.01596)",
        .citation = "nokland2016direct",
        .needs_labels = true,
        .locality = Locality::kGlobal,
        .backward = true,
        .trains_head = true,
        .published = {{"cifar10", 0.6241, 0, "BioTorch Benchmarks.md, LeNet, Adam, 250 epochs"}}};
  }

  explicit DirectFeedbackAlignment(Params& params) : FeedbackRule(params) {}

  void Attach(Network& network) override {
    FeedbackRule::Attach(network);
    const std::int64_t classes = network.classes();
    for (std::size_t i = 0; i < network.blocks().size(); ++i) {
      // Uniform in +-1/sqrt(size), as a head on this block would start.
      const std::int64_t size = network.blocks()[i].output_shape().size();
      const double bound = 1 / std::sqrt(static_cast<double>(size));
      at::Tensor projection = at::empty({classes, size});
      network.streams()
          .For("weights.feedback", i)
          .FillUniform(projection.data_ptr<float>(), static_cast<std::size_t>(projection.numel()),
                       -bound, bound);
      projections_.push_back(projection.to(network.device()));
    }
  }

  at::Tensor FeedbackWeight(std::size_t, const at::Tensor&, const Progress&) override { return {}; }

  at::Tensor OutputError(std::size_t index, const at::Tensor& error, const at::Tensor&) override {
    const at::Tensor projected = error.mm(projections_[index]);  // [n, size]
    const Shape& shape = network().blocks()[index].output_shape();
    if (shape.flat) return projected;
    // Channels last, as the block's output lies in memory.
    return projected.view({-1, shape.height, shape.width, shape.channels}).permute({0, 3, 1, 2});
  }

  // Forward, the weights' gradient, and the projections.
  double learn_flops() const override {
    double flops = 2 * Rule::learn_flops();
    for (const at::Tensor& projection : projections_) {
      flops += 2.0 * static_cast<double>(projection.numel());
    }
    return flops;
  }

 private:
  std::vector<at::Tensor> projections_;  // [classes, size of the block's output]; a resumed run
                                         // draws them anew
};
PLASTICITY_REGISTER(Rule, DirectFeedbackAlignment);

}  // namespace
}  // namespace plasticity
