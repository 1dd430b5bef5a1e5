// Competitive learning: the weights of the units that win move to the mean of the inputs they won.
// wta, kwta and swta are one rule with different winners: with strengths z from the competition,
// dw_i = sum_n z_ni^2 (x_n - w_i) / sum_n z_ni, which for a hard competition (z = 0 or 1) is the
// mean of x - w over the wins.
// Source: Lagani, Falchi, Gennaro & Amato 2022, FastHebb (arXiv 2207.03172), and its code
// (hebb/hebb.py, there hwta, kwta and eswta), which is followed exactly: the weight c = z / sum z
// times the gate z. Rumelhart & Zipser 1985 for hard competition.
// update=naive is that code's form before merging: patches and differences as tensors.
#include <ATen/ATen.h>

#include "suite/hebbian_rule.h"
#include "suite/ops/naive_update.h"

namespace plasticity {
namespace {

constexpr const char* kFastHebb =
    "Lagani et al. 2022 (arXiv 2207.03172); code GabrieleLagani/HebbianLearning";

class Competitive : public HebbianRule {
 public:
  explicit Competitive(Params& params)
      : HebbianRule(params, 64),
        naive_(params.Choice("update", "merged", {"merged", "naive"},
                             "one matrix product, or a difference per sample and unit") ==
               "naive") {}

  Plasticity Respond(const Activity& activity) const override {
    const at::Tensor z = Compete(activity);                           // [n, out]
    const at::Tensor gated = z.square();                              // [n, out]
    return {.post = gated, .decay = gated.sum(0), .mass = z.sum(0)};  // A; R [out]; m [out]
  }

 protected:
  // What the three have in common.
  static RuleInfo Info() {
    return {.formula = "dW = (A^T X - R W) / m;  A = Z^2;  R = diag(sum z^2);  m = sum z",
            .defaults = {{"similarity", "raised_cosine"},
                         {"step_scale", "none"},
                         {"output", "projection"}},
            .native = {{"network", "fasthebb-6"},
                       {"readout", "linear"},
                       {"set",
                        {{"network.input", "zca"},
                         {"task.epochs", 20},
                         {"task.validation_images", 10000},
                         {"readout.optimizer", "sgd"},
                         {"readout.schedule", "halving"},
                         {"readout.weight_decay", 5e-4},
                         {"readout.epochs", 20}}}}};
  }

  at::Tensor Aggregate(const PlasticLayer& layer, const at::Tensor& padded,
                       const Plasticity& plasticity) const override {
    if (!naive_) return HebbianRule::Aggregate(layer, padded, plasticity);
    const at::Tensor rows = InputRows(layer, padded);  // [n, in]
    const at::Tensor delta =
        NaiveUpdate(rows, layer.weight.flatten(1), plasticity.post, at::Tensor());
    const at::Tensor mass = at::where(plasticity.mass == 0, 1, plasticity.mass);
    return (delta / mass.unsqueeze(1)).view(layer.weight.sizes());
  }

 private:
  bool naive_;
};

class Wta final : public Competitive {
 public:
  static RuleInfo Describe() {
    RuleInfo info = Info();
    info.name = "wta";
    info.summary = "Hard competition: the winner moves to the mean of its inputs";
    info.source =
        "Rumelhart & Zipser 1985, Cognitive Science 9:75; Amato et al. 2019; code "
        "GabrieleLagani/HebbianLearning";
    info.citation = "rumelhart1985feature";
    info.defaults.update({{"competition", "kwta"}, {"k", 1}});
    return info;
  }
  using Competitive::Competitive;
};
PLASTICITY_REGISTER(Rule, Wta);

class Kwta final : public Competitive {
 public:
  static RuleInfo Describe() {
    RuleInfo info = Info();
    info.name = "kwta";
    info.summary = "The k most similar units move to the mean of their inputs";
    info.source = kFastHebb;
    info.citation = "lagani2022fasthebb";
    info.defaults.update({{"competition", "kwta"}, {"k", 5}});
    return info;
  }
  using Competitive::Competitive;
};
PLASTICITY_REGISTER(Rule, Kwta);

class Swta final : public Competitive {
 public:
  static RuleInfo Describe() {
    RuleInfo info = Info();
    info.name = "swta";
    info.summary = "FastHebb's soft winner-takes-all: units move to their inputs by strength";
    info.source = kFastHebb;
    info.citation = "lagani2022fasthebb";
    info.defaults.update({{"competition", "softmax"}, {"temperature", 50}});
    info.published = {{"cifar10", 0.5523, 0, "SWTA-FH in the README of GHL (ICASSP 2026)"},
                      {"cifar100", 0.2104, 0, "SWTA-FH in the README of GHL (ICASSP 2026)"}};
    return info;
  }
  using Competitive::Competitive;
};
PLASTICITY_REGISTER(Rule, Swta);

}  // namespace
}  // namespace plasticity
