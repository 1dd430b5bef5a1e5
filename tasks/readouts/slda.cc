// Streaming linear discriminant analysis: running class means, and one running covariance of all
// classes' deviations from them. Source: Hayes & Kanan 2020 (arXiv 1909.01520), code
// tyler-hayes/Deep_SLDA: the update of one sample after another, whose result for many at once is
// computed together here. As there, the first image of a class deviates from a mean of 0, and a
// class without images has score 0; base=oas takes the covariance of what comes first as that
// code's fit_base does, by oracle approximating shrinkage (Chen et al. 2010) of class-centred
// features.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>

#include "suite/base/error.h"
#include "suite/base/text.h"
#include "suite/readout.h"

namespace plasticity {
namespace {

class StreamingLda final : public Readout {
 public:
  static ReadoutInfo Describe() {
    return {.name = "slda",
            .summary = "streaming linear discriminant analysis",
            .source = "Hayes & Kanan 2020 (arXiv 1909.01520); code tyler-hayes/Deep_SLDA",
            .grows = true};
  }

  explicit StreamingLda(Params& params)
      : shrinkage_(params.Real("shrinkage", 1e-4, Range{.min = 0, .max = 1, .open_min = true},
                               "share of the identity in the covariance")),
        base_(params.Choice("base", "none", {"none", "oas"},
                            "what the first images are: more of the stream, or the base that the "
                            "covariance is first estimated from")) {}

  void Attach(const RuleInfo&, Network& network, std::int64_t feature_count,
              std::int64_t classes) override {
    constexpr std::int64_t kMost = 8192;
    if (feature_count > kMost) {
      throw InputError(fmt::format(
          "slda keeps a covariance of all features, at most {}; here are {}. Choose ranpac, or a "
          "narrower network.",
          Grouped(kMost), Grouped(feature_count)));
    }
    const at::TensorOptions options =
        at::TensorOptions().dtype(at::kDouble).device(network.device());
    mean_ = at::zeros({classes, feature_count}, options);
    count_ = at::zeros({classes}, options);
    sigma_ = at::zeros({feature_count, feature_count}, options);
    seen_ = 0;
    weight_ = at::Tensor();
  }

  void Fit(const FeatureBank& train) override {
    const at::NoGradGuard no_gradients;
    constexpr std::int64_t kRows = 2000;
    weight_ = at::Tensor();
    if (seen_ == 0 && base_ == "oas") return Begin(train);
    for (std::int64_t start = 0; start < train.labels.size(0); start += kRows)
      Add(train.features.slice(0, start, start + kRows).to(at::kDouble),
          train.labels.slice(0, start, start + kRows));
  }

  at::Tensor Scores(const at::Tensor& features) override {
    if (!weight_.defined()) Solve();
    return features.mm(weight_.to(features.scalar_type())) + bias_.to(features.scalar_type());
  }

  void Visit(StateVisitor& visitor) override {
    visitor.Tensor("mean", mean_);
    visitor.Tensor("count", count_);
    visitor.Tensor("sigma", sigma_);
    visitor.Value("seen", seen_);
    weight_ = at::Tensor();  // what it follows from may be loaded
  }

 private:
  // sigma' (n + 1) = sigma n + d d^T n / (n + 1) for each sample, with d from its class's mean so
  // far.
  void Add(const at::Tensor& features, const at::Tensor& labels) {
    const std::int64_t rows = labels.size(0);
    at::Tensor before = at::empty_like(features);  // each sample's class mean before it
    for (std::int64_t label = 0; label < mean_.size(0); ++label) {
      const at::Tensor places = labels.eq(label).nonzero().flatten();
      if (places.size(0) == 0) continue;
      const at::Tensor own = features.index_select(0, places);
      const at::Tensor count = count_[label];
      const at::Tensor sums = own.cumsum(0) + mean_[label] * count;  // with the sample itself
      const at::Tensor counts = count + at::arange(places.size(0), own.options());
      before.index_copy_(0, places, (sums - own) / counts.clamp_min(1).unsqueeze(1));
      count_[label] += places.size(0);
      mean_[label].copy_(sums[-1] / count_[label]);
    }
    const at::Tensor n = at::arange(seen_, seen_ + rows, features.options());
    const at::Tensor deviations = features - before;
    sigma_.mul_(static_cast<double>(seen_))
        .add_(deviations.t().mm(deviations * (n / (n + 1)).unsqueeze(1)));
    seen_ += rows;
    sigma_.div_(static_cast<double>(seen_));
  }

  void Begin(const FeatureBank& train) {
    const at::Tensor features = train.features.to(at::kDouble);
    const auto n = static_cast<double>(features.size(0)), d = static_cast<double>(features.size(1));
    count_ += at::bincount(train.labels, {}, count_.size(0)).to(at::kDouble);
    mean_.index_add_(0, train.labels, features);
    mean_ /= count_.clamp_min(1).unsqueeze(1);
    const at::Tensor centred = features - mean_.index_select(0, train.labels);
    const at::Tensor covariance = centred.t().mm(centred) / n;
    const double squares = covariance.square().mean().item<double>(),
                 scale = covariance.trace().item<double>() / d;
    const double denominator = (n + 1) * (squares - scale * scale / d);
    const double share =
        denominator == 0 ? 1 : std::min((squares + scale * scale) / denominator, 1.0);
    sigma_.copy_(covariance * (1 - share));
    sigma_.diagonal().add_(share * scale);
    seen_ = features.size(0);
  }

  void Solve() {
    const at::NoGradGuard no_gradients;
    at::Tensor shrunk = sigma_ * (1 - shrinkage_);
    shrunk.diagonal().add_(shrinkage_);
    weight_ = at::cholesky_solve(mean_.t(), at::linalg_cholesky(shrunk));  // [count, classes]
    bias_ = -0.5 * (mean_.t() * weight_).sum(0);
  }

  double shrinkage_;
  std::string base_;
  at::Tensor mean_;   // [classes, count] float64
  at::Tensor count_;  // [classes] float64
  at::Tensor sigma_;  // [count, count] float64
  std::int64_t seen_ = 0;
  at::Tensor weight_;  // undefined: not solved for yet
  at::Tensor bias_;
};
PLASTICITY_REGISTER(Readout, StreamingLda);

}  // namespace
}  // namespace plasticity
