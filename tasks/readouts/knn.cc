// k nearest neighbours among the training images' features by cosine similarity, each vote weighted
// by exp(similarity / temperature). Source: Wu et al. 2018, "Unsupervised feature learning via
// non-parametric instance discrimination".
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "suite/ops/matrix_product.h"
#include "suite/readout.h"

namespace plasticity {
namespace {

at::Tensor UnitLength(const at::Tensor& features) {
  return features / features.norm(2, {1}, true).clamp_min(1e-12);
}

class Knn final : public Readout {
 public:
  static ReadoutInfo Describe() {
    return {.name = "knn",
            .summary = "k nearest neighbours by cosine similarity, weighted votes",
            .source = "Wu et al. 2018, CVPR",
            .logits = false};
  }

  explicit Knn(Params& params)
      : k_(params.Integer("k", 20, Range{.min = 1}, "neighbours that vote")),
        temperature_(params.Real("temperature", 0.1, kPositive, "of the votes' weights")) {}

  void Attach(const RuleInfo&, Network&, std::int64_t, std::int64_t classes) override {
    classes_ = classes;
  }

  void Fit(const FeatureBank& train) override {
    bank_ = UnitLength(train.features);
    labels_ = train.labels;
  }

  at::Tensor Scores(const at::Tensor& features) override {
    const at::Tensor similarity = MatrixProduct(UnitLength(features), bank_.t());       // [n, bank]
    const auto [nearest, index] = similarity.topk(std::min(k_, bank_.size(0)), 1);      // [n, k]
    const at::Tensor voters = labels_.index_select(0, index.flatten()).view_as(index);  // [n, k]
    return at::zeros({features.size(0), classes_}, features.options())
        .scatter_add(1, voters, (nearest / temperature_).exp());
  }

  void Visit(StateVisitor& visitor) override {
    visitor.Tensor("bank", bank_);
    visitor.Tensor("labels", labels_);
  }

 private:
  std::int64_t k_;
  double temperature_;
  std::int64_t classes_ = 0;
  at::Tensor bank_;    // [bank, count], rows of length 1
  at::Tensor labels_;  // [bank]
};
PLASTICITY_REGISTER(Readout, Knn);

}  // namespace
}  // namespace plasticity
