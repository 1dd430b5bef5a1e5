// Ridge regression of one-hot labels on frozen features, in closed form. Source: Hoerl & Kennard
// 1970; as the readout of Hebbian features in Miconi 2021.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "suite/ops/matrix_product.h"
#include "suite/readout.h"

namespace plasticity {
namespace {

class Ridge final : public Readout {
 public:
  static ReadoutInfo Describe() {
    return {.name = "ridge",
            .summary = "ridge regression of one-hot labels, in closed form",
            .source = "Hoerl & Kennard 1970; Miconi 2021",
            .logits = false};
  }

  explicit Ridge(Params& params)
      : alpha_(params.Real("alpha", 0.01, kPositive,
                           "penalty, in units of the mean variance of a feature")) {}

  void Attach(const RuleInfo&, Network&, std::int64_t, std::int64_t classes) override {
    classes_ = classes;
  }

  void Fit(const FeatureBank& train) override {
    const at::NoGradGuard no_gradients;
    const std::int64_t n = train.features.size(0), count = train.features.size(1);
    mean_ = train.features.mean(0);               // [count]
    const at::Tensor x = train.features - mean_;  // [n, count]
    const at::Tensor targets = at::one_hot(train.labels, classes_).to(at::kFloat);
    const at::Tensor target_mean = targets.mean(0);
    const at::Tensor y = targets - target_mean;  // [n, classes]
    const double penalty =
        alpha_ * x.square().mean().item<double>() * static_cast<double>(n) + 1e-12;
    if (count <= n) {  // (X^T X + a I) w = X^T Y
      at::Tensor gram = MatrixProduct(x.t(), x);
      gram.diagonal().add_(penalty);
      weight_ = at::cholesky_solve(x.t().mm(y), at::linalg_cholesky(gram));
    } else {  // w = X^T (X X^T + a I)^-1 Y
      at::Tensor gram = MatrixProduct(x, x.t());
      gram.diagonal().add_(penalty);
      weight_ = x.t().mm(at::cholesky_solve(y, at::linalg_cholesky(gram)));
    }
    bias_ = target_mean;
  }

  at::Tensor Scores(const at::Tensor& features) override {
    return (features - mean_).mm(weight_) + bias_;
  }

  void Visit(StateVisitor& visitor) override {
    visitor.Tensor("mean", mean_);
    visitor.Tensor("weight", weight_);
    visitor.Tensor("bias", bias_);
  }

 private:
  double alpha_;
  std::int64_t classes_ = 0;
  at::Tensor mean_;    // [count]
  at::Tensor weight_;  // [count, classes]
  at::Tensor bias_;    // [classes]
};
PLASTICITY_REGISTER(Readout, Ridge);

}  // namespace
}  // namespace plasticity
