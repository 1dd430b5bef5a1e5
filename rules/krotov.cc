// Krotov & Hopfield's competing units: for each sample the unit with the largest current learns
// Hebbian, the one of rank k anti-Hebbian, and weights go to the p-norm sphere of radius 1.
// Source: Krotov & Hopfield, PNAS 2019, and its code; for convolutions PyTorch-Hebbian (arXiv
// 2102.00428, krotov.py, trainers.py), whose update is the same. Differs: the step size falls with
// every step, not every epoch. A convolution's units see whole patches (patches=full), which both
// papers intend; patches=per_channel lets each input channel's slice of a kernel compete for
// itself, as PyTorch-Hebbian does, and patches=as_published also takes its rows from where that
// code does, which are not patches of the image (its published number was measured like that).
// The native budget is that of 100 epochs over the 8,000 images that its example trained on.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "suite/hebbian_rule.h"

namespace plasticity {
namespace {

// The rows [n, kernel^2] that PyTorch-Hebbian's extract_image_patches gives for x [n, c, h, w] in
// the place of patches: kernel^2 consecutive values of the unfolded images laid out as [n, kernel,
// kernel, c, positions].
at::Tensor PublishedRows(const at::Tensor& x, std::int64_t kernel, std::int64_t stride) {
  const at::Tensor unfolded = x.unfold(2, kernel, stride).unfold(3, kernel, stride);
  return unfolded.permute({0, 4, 5, 1, 2, 3}).reshape({-1, kernel * kernel});
}

class Krotov final : public HebbianRule {
 public:
  static RuleInfo Describe() {
    return {.name = "krotov",
            .summary = "Krotov-Hopfield: the first unit learns Hebbian, the k-th anti-Hebbian",
            .formula =
                "dW = A^T X - R W;  A = 1 for rank 1, -delta for rank k, else 0;  R = "
                "diag(sum A u);  u = |w|^(p-1) sign(w) . x",
            .source =
                "Krotov & Hopfield 2019, PNAS 116:7723; Talloen et al. 2021 (arXiv "
                "2102.00428); code Joxis/pytorch-hebbian",
            .citation = "krotov2019unsupervised",
            .defaults = {{"learning_rate", 0.02},
                         {"schedule", "linear"},
                         {"competition", "ranked"},
                         {"k", 2},
                         {"step_scale", "max_abs"}},
            .native = {{"data", "fashion-mnist"},
                       {"network", "krotov-cnn"},
                       {"readout", "linear"},
                       {"set",
                        {{"rule.batch_size", 2},
                         {"rule.k", 4},
                         {"rule.p", 4},
                         {"rule.learning_rate", 0.04},
                         {"task.samples", 800000},
                         {"task.validation_images", 12000},
                         {"readout.dropout", 0}}}},
            .published = {{"fashion-mnist", 0.855, 0,
                           "name of a checkpoint in PyTorch-Hebbian's examples/supervised.py: "
                           "validation accuracy"}}};
  }

  explicit Krotov(Params& params)
      : HebbianRule(params, 100),
        patches_(params.Choice("patches", "full", {"full", "per_channel", "as_published"},
                               "what competes in a convolution: kernels, or their slices of one "
                               "channel, or the latter on that code's rows")),
        init_deviation_(
            params.Real("init_deviation", 1, kPositive, "weights start normal with this")) {}

  void Attach(Network& network) override {
    HebbianRule::Attach(network);
    for (std::size_t i = 0; i < network.blocks().size(); ++i) {
      at::Tensor& weight = network.blocks()[i].layer.weight;
      at::Tensor normal = at::empty(weight.sizes());
      network.streams()
          .For("weights.krotov", i)
          .FillNormal(normal.data_ptr<float>(), static_cast<std::size_t>(normal.numel()), 0,
                      init_deviation_);
      weight.copy_(normal);
    }
  }

  Plasticity Respond(const Activity& activity) const override {
    const at::Tensor q = Compete(activity);                             // [n, out]
    return {.post = q, .decay = (q * activity.pre_activation).sum(0)};  // R [out]
  }

  Proposal Propose(const PlasticLayer& layer, std::size_t index,
                   const at::Tensor& x) const override {
    if (!layer.convolutional || patches_ == "full") return HebbianRule::Propose(layer, index, x);
    const at::Tensor& w = layer.weight;
    const std::int64_t slices = w.size(0) * w.size(1), kernel = w.size(2);
    PlasticLayer sliced = layer;  // slices of one channel as units
    sliced.bias = at::Tensor();
    at::Tensor seen;
    if (patches_ == "per_channel") {
      const at::Tensor padded = layer.Pad(x);
      sliced.padding = 0;
      sliced.weight = w.reshape({slices, 1, kernel, kernel});
      seen = padded.reshape({-1, 1, padded.size(2), padded.size(3)});
    } else {
      sliced.convolutional = false;
      sliced.weight = w.reshape({slices, kernel * kernel});
      seen = PublishedRows(x, kernel, layer.stride);
    }
    Proposal proposal = HebbianRule::Propose(sliced, index, seen);
    proposal.response = at::Tensor();  // of slices, not of the layer
    proposal.delta = proposal.delta.reshape(w.sizes());
    proposal.rate = proposal.rate.slice(0, 0, w.size(0));  // one rate for all
    return proposal;
  }

  // The share of units whose sum of |w|^p is below 1.1, as PyTorch-Hebbian counts convergence.
  nlohmann::json Monitor() override {
    const at::NoGradGuard no_gradients;
    nlohmann::json shares;
    for (std::size_t i = 0; i < network().blocks().size(); ++i) {
      const at::Tensor sums =
          network().blocks()[i].layer.weight.flatten(1).abs().pow(p()).sum(1);  // [out]
      shares["unit_convergence." + std::to_string(i + 1)] =
          (sums < 1.1).to(at::kDouble).mean().item<double>();
    }
    return shares;
  }

 private:
  std::string patches_;
  double init_deviation_;
};
PLASTICITY_REGISTER(Rule, Krotov);

}  // namespace
}  // namespace plasticity
