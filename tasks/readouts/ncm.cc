// Nearest class mean: an image is of the class whose features' mean is nearest. Means run on over
// what comes, so that nothing need be kept of a stream. Source: Mensink et al. 2013 (IEEE TPAMI
// 35:2624); normalised=true scales features to length 1 first, as Rebuffi et al. 2017 (iCaRL) do.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "suite/readout.h"

namespace plasticity {
namespace {

class NearestClassMean final : public Readout {
 public:
  static ReadoutInfo Describe() {
    return {.name = "ncm",
            .summary = "the nearest class mean; means run on",
            .source = "Mensink et al. 2013",
            .logits = false,
            .grows = true};
  }

  explicit NearestClassMean(Params& params)
      : normalised_(params.Flag("normalised", false, "features are scaled to length 1")) {}

  void Attach(const RuleInfo&, Network& network, std::int64_t feature_count,
              std::int64_t classes) override {
    const at::TensorOptions options = at::TensorOptions().device(network.device());
    sum_ = at::zeros({classes, feature_count}, options.dtype(at::kDouble));
    count_ = at::zeros({classes}, options.dtype(at::kDouble));
  }

  void Fit(const FeatureBank& train) override {
    const at::NoGradGuard no_gradients;
    sum_.index_add_(0, train.labels, Scaled(train.features).to(at::kDouble));
    count_ += at::bincount(train.labels, {}, count_.size(0)).to(at::kDouble);
  }

  // Minus the squared distances; a class without images is farther than any.
  at::Tensor Scores(const at::Tensor& features) override {
    constexpr float kFarther = -1e30F;
    const at::Tensor means = (sum_ / count_.clamp_min(1).unsqueeze(1)).to(at::kFloat);
    const at::Tensor distances = at::cdist(Scaled(features), means).square();
    const at::Tensor known = count_.gt(0);
    return known.any().item<bool>() ? (-distances).masked_fill(known.logical_not(), kFarther)
                                    : at::zeros_like(distances);
  }

  void Visit(StateVisitor& visitor) override {
    visitor.Tensor("sum", sum_);
    visitor.Tensor("count", count_);
  }

 private:
  at::Tensor Scaled(const at::Tensor& features) const {
    return normalised_ ? features / features.norm(2, {1}, true).clamp_min(1e-12) : features;
  }

  bool normalised_;
  at::Tensor sum_;    // [classes, count] float64
  at::Tensor count_;  // [classes] float64
};
PLASTICITY_REGISTER(Readout, NearestClassMean);

}  // namespace
}  // namespace plasticity
