// BCM: a unit's weights grow when its activity is above a threshold and shrink below it; the
// threshold slides with the mean of the squared activity, so that units become selective.
// Source: Bienenstock, Cooper & Munro 1982; the threshold E[y^2] of Intrator & Cooper 1992; the
// division by it, without which the cubic growth of strong responses needs a rate of its own for
// every input, of Law & Cooper 1994. Differs: the mean over a batch and over a convolution's
// positions; the sliding mean is taken over batches; a step is bounded (max_step).
// The native track is that of Jimenez Nimmo & Mondragon 2025 (their code's version "optimal"):
// cosines, under lateral inhibition by a difference of Gaussians over each map's positions; the
// strongest unit of a position learns, dw = y (y - theta) x, scaled by its largest entry, with a
// threshold that begins at 1 and counts the step's own responses; images are whitened and, half of
// them, mirrored. Differs from that code: it draws anew in each pass which images are mirrored,
// here each is there both ways, in half as many passes of the readout; it mirrors test images, too,
// and whitens over them as well; and its threshold's decay in the first layer is 0.3.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "suite/base/error.h"
#include "suite/hebbian_rule.h"

namespace plasticity {
namespace {

const std::vector<double> kNone = {0};  // no surround

class Bcm final : public HebbianRule {
 public:
  static RuleInfo Describe() {
    return {.name = "bcm",
            .summary = "Growth above a sliding threshold, decline below it",
            .formula = "dW = A^T X;  A = Y o (Y - theta) / theta;  theta = sliding mean of y^2",
            .source =
                "Bienenstock, Cooper & Munro 1982, J. Neuroscience 2:32; Intrator & Cooper "
                "1992, Neural Networks 5:3; Law & Cooper 1994, PNAS 91:7797",
            .citation = "bienenstock1982theory",
            .defaults = {{"competition", "relu"},
                         {"learning_rate", 0.001},
                         {"max_step", 1},
                         {"step_scale", "sqrt_fan_in"}},
            .native = {{"network", "softhebb-cnn"},
                       {"readout", "linear"},
                       {"set",
                        {{"network.input", "zca_pixels"},
                         {"task.samples", 50000},
                         {"task.mirrored", true},
                         {"task.validation_images", 0},
                         {"rule.similarity", "cosine_by_place"},
                         {"rule.output", "cosine_by_place"},
                         {"rule.competition", "kwta_linear"},
                         {"rule.k", 1},
                         {"rule.divide", false},
                         {"rule.sliding", 0.35},
                         {"rule.first_threshold", 1},
                         {"rule.ahead", true},
                         {"rule.step_scale", "max_abs"},
                         {"rule.max_step", 0},
                         {"rule.learning_rate", {0.1, 0.08, 0.05}},
                         {"rule.surround", {5, 3, 3}},
                         {"rule.surround_centre", {1.2, 1.0, 0.8}},
                         {"rule.surround_rim", {1.3, 1.2, 1.1}},
                         {"readout.schedule", "tenths"},
                         {"readout.epochs", 10}}}},
            .published = {
                {"cifar10", 0.76, 0, "Jimenez Nimmo & Mondragon 2025, README, version optimal"}}};
  }

  explicit Bcm(Params& params)
      : HebbianRule(params, 64),
        sliding_(params.Real("sliding", 0.1, kUnitInterval,
                             "weight of the newest batch in the threshold's mean")),
        first_threshold_(params.Later().Real("first_threshold", 0, kNonNegative,
                                             "the threshold before the first step")),
        ahead_(params.Later().Flag(
            "ahead", false, "the threshold that a step is judged by counts its own responses")),
        divide_(params.Flag("divide", true, "the change is divided by the threshold")),
        surround_(params.PerLayer("surround", kNone, kNonNegative,
                                  "side of the window in which a unit's responses at the places "
                                  "around inhibit its own, odd; 0: none")),
        centre_(params.Untuned(surround_ == kNone)
                    .PerLayer("surround_centre", {1.2}, kPositive,
                              "deviation of the Gaussian that excites")),
        rim_(params.Untuned(surround_ == kNone)
                 .PerLayer("surround_rim", {1.4}, kPositive,
                           "deviation of the Gaussian that inhibits")) {
    for (const double side : surround_)
      if (side != std::floor(side) || (side > 0 && std::fmod(side, 2) == 0))
        throw InputError(
            fmt::format("bcm: surround = {:g} is not allowed: 0, or an odd number.", side));
  }

  void Attach(Network& network) override {
    HebbianRule::Attach(network);
    for (std::size_t i = 0; i < network.blocks().size(); ++i) {
      PlasticLayer& layer = network.blocks()[i].layer;
      const auto side = static_cast<std::int64_t>(AtLayer(surround_, i));
      if (side > 0)
        layer.surround =
            DifferenceOfGaussians(side, AtLayer(centre_, i), AtLayer(rim_, i)).to(network.device());
    }
  }

  NamedTensors InitialState(const PlasticLayer& layer, std::size_t) const override {
    return {{"threshold", at::full({layer.units()}, first_threshold_)}};
  }

  Plasticity Respond(const Activity& activity) const override {
    const at::Tensor y = Compete(activity);                     // [n, out]
    const at::Tensor& before = activity.state.at("threshold");  // [out]
    const at::Tensor after = at::lerp(before, y.square().mean(0), sliding_);
    const at::Tensor& threshold = ahead_ ? after : before;
    const at::Tensor change = y * (y - threshold);
    return {.post = divide_ ? change / at::where(threshold == 0, 1, threshold) : change,
            .state = {{"threshold", after}}};
  }

 private:
  // [side, side], scaled to 1 at the centre.
  static at::Tensor DifferenceOfGaussians(std::int64_t side, double centre, double rim) {
    const at::Tensor places = at::arange(side, at::kFloat) - static_cast<double>(side / 2);
    const at::Tensor squared = places.square().unsqueeze(1) + places.square();
    const auto gaussian = [&](double deviation) -> at::Tensor {
      const double variance = deviation * deviation;
      return (squared / (-2 * variance)).exp() / (2 * std::numbers::pi * variance);
    };
    const at::Tensor difference = gaussian(centre) - gaussian(rim);
    return difference / difference[side / 2][side / 2];
  }

  double sliding_;
  double first_threshold_;
  bool ahead_;
  bool divide_;
  std::vector<double> surround_;
  std::vector<double> centre_;
  std::vector<double> rim_;
};
PLASTICITY_REGISTER(Rule, Bcm);

}  // namespace
}  // namespace plasticity
