// The fruit fly's mushroom body: each of many units sums a few features, the strongest few of an
// image answer, and only the row of its class learns from them, up to 1. Nothing that one class
// learned is changed by another. Source: Shen, Dasgupta & Navlakha 2021 (arXiv 2107.07617),
// FlyModel, as TrentBrick/SDMContinualLearner's notebooks have it: features are scaled to 0..1
// image by image, answers keep their values and are divided by the largest, the strongest are those
// from a quantile on. Differs: an image to which nothing answers is passed over.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "suite/readout.h"

namespace plasticity {
namespace {

class Fly final : public Readout {
 public:
  static ReadoutInfo Describe() {
    return {.name = "fly",
            .summary = "sparse random expansion, the strongest answer, the class's row learns",
            .source =
                "Shen, Dasgupta & Navlakha 2021 (arXiv 2107.07617); code "
                "TrentBrick/SDMContinualLearner",
            .logits = false,
            .grows = true};
  }

  explicit Fly(Params& params)
      : units_(params.Integer("units", 5000, Range{.min = 2, .max = 100000},
                              "units of the expansion")),
        inputs_(params.Integer("inputs", 32, Range{.min = 1},
                               "features that a unit sums; at most half of all")),
        quantile_(params.Real("quantile", 0.95, kUnitInterval,
                              "answers below this quantile of an image's are silenced")),
        rate_(params.Real("learning_rate", 0.005, kPositive,
                          "what an image's answer adds to its class's row")) {}

  void Attach(const RuleInfo&, Network& network, std::int64_t feature_count,
              std::int64_t classes) override {
    const std::int64_t inputs = std::min(inputs_, std::max<std::int64_t>(1, feature_count / 2));
    wiring_ = at::zeros({units_, feature_count});
    Stream stream = network.streams().For("fly");
    auto rows = wiring_.accessor<float, 2>();
    for (std::int64_t unit = 0; unit < units_; ++unit) {
      for (std::int64_t drawn = 0; drawn < inputs;) {
        const auto feature =
            static_cast<std::int64_t>(stream.Below(static_cast<std::uint64_t>(feature_count)));
        if (rows[unit][feature] > 0) continue;
        rows[unit][feature] = 1;
        ++drawn;
      }
    }
    wiring_ = wiring_.to(network.device());
    weight_ = at::zeros({classes, units_}, wiring_.options());
  }

  void Fit(const FeatureBank& train) override {
    const at::NoGradGuard no_gradients;
    at::Tensor sums = at::zeros_like(weight_);
    for (std::int64_t start = 0; start < train.labels.size(0); start += kRows)
      sums.index_add_(0, train.labels.slice(0, start, start + kRows),
                      Answers(train.features.slice(0, start, start + kRows)));
    weight_ = (weight_ + rate_ * sums).clamp_max(1);
  }

  at::Tensor Scores(const at::Tensor& features) override {
    return Answers(features).mm(weight_.t());
  }

  void Visit(StateVisitor& visitor) override {
    visitor.Tensor("wiring", wiring_);
    visitor.Tensor("weight", weight_);
  }

 private:
  static constexpr std::int64_t kRows = 1000;

  // What the units answer, [n, units].
  at::Tensor Answers(const at::Tensor& features) const {
    const at::Tensor least = std::get<0>(features.min(1, true));
    const at::Tensor span = std::get<0>(features.max(1, true)) - least;
    const at::Tensor scaled = (features - least) / at::where(span == 0, 1, span);
    const at::Tensor summed = scaled.mm(wiring_.t());
    const at::Tensor threshold = at::quantile(summed, quantile_, 1, true);
    const at::Tensor kept = summed.masked_fill(summed.lt(threshold), 0);
    const at::Tensor most = std::get<0>(kept.max(1, true));
    return kept / at::where(most == 0, 1, most);
  }

  std::int64_t units_;
  std::int64_t inputs_;
  double quantile_;
  double rate_;
  at::Tensor wiring_;  // [units, features] of zeros and ones
  at::Tensor weight_;  // [classes, units]
};
PLASTICITY_REGISTER(Readout, Fly);

}  // namespace
}  // namespace plasticity
