// Random projection and ridge regression of one-hot labels, whose sums run on over what comes.
// Source: McDonnell et al. 2023 (RanPAC, arXiv 2307.02251), code RanPAC/RanPAC: features go through
// a fixed normal projection and a ReLU; the penalty is chosen, each time, among 10^-8 to 10^8 on
// the last fifth of what came last. projection=0 leaves the features as they are: plain ridge
// regression that grows.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <limits>

#include "suite/readout.h"

namespace plasticity {
namespace {

class RandomProjection final : public Readout {
 public:
  static ReadoutInfo Describe() {
    return {.name = "ranpac",
            .summary = "random projection, ReLU and ridge regression; sums run on",
            .source = "McDonnell et al. 2023 (arXiv 2307.02251); code RanPAC/RanPAC",
            .logits = false,
            .grows = true};
  }

  explicit RandomProjection(Params& params)
      : units_(params.Integer("projection", 2000, Range{.min = 0, .max = 20000},
                              "units of the random projection; 0: none, and no ReLU")),
        ridge_(params.Real("ridge", 0, kNonNegative,
                           "penalty; 0: chosen on a fifth of what came last")) {}

  void Attach(const RuleInfo&, Network& network, std::int64_t feature_count,
              std::int64_t classes) override {
    const std::int64_t count = units_ == 0 ? feature_count : units_;
    projection_ = at::Tensor();
    if (units_ > 0) {
      projection_ = at::empty({feature_count, units_});
      Stream stream = network.streams().For("ranpac");
      stream.FillNormal(projection_.data_ptr<float>(),
                        static_cast<std::size_t>(projection_.numel()), 0, 1);
      projection_ = projection_.to(network.device());
    }
    const at::TensorOptions options =
        at::TensorOptions().dtype(at::kDouble).device(network.device());
    gram_ = at::zeros({count, count}, options);
    product_ = at::zeros({count, classes}, options);
    weight_ = at::zeros({count, classes}, options);
    chosen_ = ridge_;
  }

  void Fit(const FeatureBank& train) override {
    const at::NoGradGuard no_gradients;
    const at::Tensor features = Projected(train.features).to(at::kDouble);
    const at::Tensor targets = at::one_hot(train.labels, product_.size(1)).to(at::kDouble);
    if (ridge_ == 0) chosen_ = Choose(features, targets);
    gram_ += features.t().mm(features);
    product_ += features.t().mm(targets);
    weight_ = Solved(gram_, product_, chosen_);
  }

  at::Tensor Scores(const at::Tensor& features) override {
    return Projected(features).mm(weight_.to(features.scalar_type()));
  }

  void Visit(StateVisitor& visitor) override {
    visitor.Tensor("projection", projection_);
    visitor.Tensor("gram", gram_);
    visitor.Tensor("product", product_);
    visitor.Tensor("weight", weight_);
    visitor.Value("ridge", chosen_);
  }

 private:
  at::Tensor Projected(const at::Tensor& features) const {
    return units_ == 0 ? features : features.mm(projection_).relu();
  }

  static at::Tensor Solved(const at::Tensor& gram, const at::Tensor& product, double ridge) {
    at::Tensor penalised = gram.clone();
    penalised.diagonal().add_(ridge);
    return at::linalg_solve(penalised, product);
  }

  static double Choose(const at::Tensor& features, const at::Tensor& targets) {
    const auto fitted = static_cast<std::int64_t>(0.8 * static_cast<double>(features.size(0)));
    const at::Tensor x = features.slice(0, 0, fitted), y = targets.slice(0, 0, fitted);
    // With fewer images than units the same scores come from the images' products with each other:
    // (X'X + r)^-1 X' = X' (XX' + r)^-1.
    const bool dual = fitted < x.size(1);
    const at::Tensor gram = dual ? x.mm(x.t()) : x.t().mm(x);
    const at::Tensor product = dual ? y : x.t().mm(y);
    const at::Tensor held_out = features.slice(0, fitted);
    const at::Tensor judged = dual ? held_out.mm(x.t()) : held_out;
    double best = 1e-8, least = std::numeric_limits<double>::infinity();
    for (int exponent = -8; exponent <= 8; ++exponent) {
      const double ridge = std::pow(10.0, exponent);
      const at::Tensor off = judged.mm(Solved(gram, product, ridge)) - targets.slice(0, fitted);
      const double loss = off.square().mean().item<double>();
      if (loss < least) {
        least = loss;
        best = ridge;
      }
    }
    return best;
  }

  std::int64_t units_;
  double ridge_;
  double chosen_ = 0;
  at::Tensor projection_;  // [features, units] float32, or undefined
  at::Tensor gram_;        // [count, count] float64
  at::Tensor product_;     // [count, classes] float64
  at::Tensor weight_;      // [count, classes] float64
};
PLASTICITY_REGISTER(Readout, RandomProjection);

}  // namespace
}  // namespace plasticity
