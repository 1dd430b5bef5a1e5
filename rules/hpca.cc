// Hebbian PCA with a nonlinearity: Sanger's rule on rectified activities,
// dw_i = relu(y_i) (x - sum_{k <= i} relu(y_k) w_k) / sqrt(fan-in).
// Source: Lagani, Falchi, Gennaro & Amato 2022, FastHebb (arXiv 2207.03172), and its code
// (hebb/hebb.py, hpca with ReLU and adaptive_step), which is followed exactly, but that a step is
// bounded (max_step) so that inputs out of scale cannot make it diverge.
// update=naive is that code's form before merging: patches and reconstructions as tensors.
#include <ATen/ATen.h>

#include "suite/hebbian_rule.h"
#include "suite/ops/naive_update.h"

namespace plasticity {
namespace {

class Hpca final : public HebbianRule {
 public:
  static RuleInfo Describe() {
    return {.name = "hpca",
            .summary = "FastHebb's Hebbian PCA: Sanger's rule on rectified activities",
            .formula = "dW = (A^T X - R W) / (n sqrt(fan-in));  A = relu(U);  R = tril(A^T A)",
            .source = "Lagani et al. 2022 (arXiv 2207.03172); code GabrieleLagani/HebbianLearning",
            .citation = "lagani2022fasthebb",
            .defaults = {{"competition", "relu"}, {"step_scale", "sqrt_fan_in"}, {"max_step", 1}},
            .native = {{"network", "fasthebb-6"},
                       {"readout", "linear"},
                       {"set",
                        {{"task.epochs", 20},
                         {"task.validation_images", 10000},
                         {"readout.optimizer", "sgd"},
                         {"readout.schedule", "halving"},
                         {"readout.weight_decay", 5e-4},
                         {"readout.epochs", 20}}}},
            .published = {{"cifar10", 0.6773, 0, "HPCA-FH in the README of GHL (ICASSP 2026)"},
                          {"cifar100", 0.3747, 0, "HPCA-FH in the README of GHL (ICASSP 2026)"}}};
  }

  explicit Hpca(Params& params)
      : HebbianRule(params, 64),
        naive_(params.Choice("update", "merged", {"merged", "naive"},
                             "matrix products, or a reconstruction per sample and unit") ==
               "naive") {}

  Plasticity Respond(const Activity& activity) const override {
    return {.post = Compete(activity), .forgets = Forgets::kUpToItself};  // A [n, out]
  }

 protected:
  at::Tensor Aggregate(const PlasticLayer& layer, const at::Tensor& padded,
                       const Plasticity& plasticity) const override {
    if (!naive_) return HebbianRule::Aggregate(layer, padded, plasticity);
    return NaiveUpdate(InputRows(layer, padded), layer.weight.flatten(1), plasticity.post,
                       plasticity.post)
        .view(layer.weight.sizes());
  }

 private:
  bool naive_;
};
PLASTICITY_REGISTER(Rule, Hpca);

}  // namespace
}  // namespace plasticity
