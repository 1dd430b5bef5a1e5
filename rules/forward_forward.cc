// Forward-forward: each block learns by itself to answer strongly to images that carry their own
// label in their first pixels, and weakly to images with a wrong one. Source: Hinton, "The
// forward-forward algorithm: some preliminary investigations", 2022 (arXiv 2212.13345), and its
// Matlab code for the threshold (one a unit), the neutral label and normalised features. Differs:
// goodness is the mean square of a block's output, not the sum, so that its scale does not depend
// on the block's size; right and wrong labels go through as one batch, so that batch norm sees
// both; no peer normalisation, which batch norm makes needless; wrong labels are drawn evenly, not
// by how likely the network finds them; Adam; the network is the one asked for, and its
// convolutions share weights, where the paper's CIFAR-10 networks have local receptive fields; a
// readout of the last block classifies, not the goodness or a softmax of several blocks.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "suite/base/error.h"
#include "suite/local_loss_rule.h"

namespace plasticity {
namespace {

// `images` with `mark` [n, classes] written over the first pixels, row by row, of every channel: 0
// is the image's own lowest value, 1 its highest.
at::Tensor Overlay(const at::Tensor& images, const at::Tensor& mark) {
  const std::int64_t classes = mark.size(1);
  const at::Tensor pixels = images.flatten(2).clone();  // [n, channels, h * w]
  if (pixels.size(2) < classes) {
    throw InputError(fmt::format("forward-forward: an image of {} pixels cannot carry {} labels.",
                                 pixels.size(2), classes));
  }
  const at::Tensor low = pixels.amin({1, 2}).unsqueeze(1), high = pixels.amax({1, 2}).unsqueeze(1);
  pixels.slice(2, 0, classes).copy_((low + (high - low) * mark).unsqueeze(1));
  return pixels.view(images.sizes());
}

class ForwardForward final : public LocalLossRule {
 public:
  static RuleInfo Describe() {
    return {.name = "forward-forward",
            .summary = "Blocks answer strongly to images with their label, weakly to wrong labels",
            .formula =
                "loss = softplus(threshold - g(image, label)) + softplus(g(image, wrong label) - "
                "threshold);  g = mean square of the block's output",
            .source = "Hinton 2022 (arXiv 2212.13345)",
            .citation = "hinton2022forward",
            .needs_labels = true,
            .locality = Locality::kLayer,
            .descent = Descent::kLoss,
            .published = {{"cifar10", 0.59, 0,
                           "Hinton 2022, MLP of 4 layers; DeeperForward (ICLR 2025), Table 1"},
                          {"cifar10", 0.3948, 0.0010,
                           "MLP of 5 layers; dendritic localized learning (ICML 2025), Table 1"}}};
  }

  explicit ForwardForward(Params& params)
      : LocalLossRule(params, 128, {.kind = "adam", .learning_rate = 1e-3}),
        threshold_(params.Real("threshold", 1, kPositive, "goodness that tells right from wrong")) {
  }

  void Attach(Network& network) override {
    classes_ = network.classes();
    if (classes_ < 2) throw InputError("forward-forward: one class leaves no wrong label.");
    LocalLossRule::Attach(network);
  }

  // All images with their labels, then all with wrong ones.
  Batch Prepare(const Batch& batch, const Progress& progress) override {
    const std::int64_t n = batch.images.size(0);
    Stream stream = network().streams().For("forward-forward.wrong", progress.draw);
    std::vector<std::int64_t> further(static_cast<std::size_t>(n));  // from a label to a wrong one
    for (std::int64_t& steps : further) {
      steps = 1 + static_cast<std::int64_t>(stream.Below(static_cast<std::uint64_t>(classes_ - 1)));
    }
    const at::Tensor wrong =
        (batch.labels + at::tensor(further).to(batch.labels.device())) % classes_;
    const at::Tensor mark = at::one_hot(at::cat({batch.labels, wrong}), classes_);
    return {.images = Overlay(at::cat({batch.images, batch.images}),
                              mark.to(batch.images.scalar_type()))};
  }
  // Every step draws.
  std::int64_t Branch(const Progress&) const override { return kNoBranch; }
  double views() const override { return 2; }

  // To mean square 1, so that what follows cannot tell how good the block before found it.
  at::Tensor Receive(const at::Tensor& x) const override {
    const at::Tensor squares = x.flatten(1).square().mean(1);  // [n]
    std::vector<std::int64_t> sizes(static_cast<std::size_t>(x.dim()), 1);
    sizes[0] = -1;
    return x / (squares.sqrt() + 1e-8).view(sizes);
  }

  at::Tensor Loss(std::size_t, const at::Tensor&, const at::Tensor& output, const Batch&) override {
    const std::vector<at::Tensor> goodness = output.flatten(1).square().mean(1).chunk(2);
    return at::softplus(threshold_ - goodness[0]).mean() +
           at::softplus(goodness[1] - threshold_).mean();
  }

  // A readout must not see labels: all classes are marked alike.
  at::Tensor Encode(const at::Tensor& images) override {
    const at::NoGradGuard no_gradients;
    const at::Tensor neutral =
        at::full({images.size(0), classes_}, 1.0 / static_cast<double>(classes_), images.options());
    return LocalLossRule::Encode(Overlay(images, neutral));
  }

 private:
  double threshold_;
  std::int64_t classes_ = 0;
};
PLASTICITY_REGISTER(Rule, ForwardForward);

}  // namespace
}  // namespace plasticity
