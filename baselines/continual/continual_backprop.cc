// Continual backprop: at each step a small share of the hidden units that are of least use gives
// way to new ones, so that a network goes on being able to learn. Source: Dohare et al. 2024
// (Nature 632:768), algorithm 1; code shibhansh/loss-of-plasticity, lop/algos/gnt.py and cbp.py.
// The published code differs from the paper in two ways, both of them parameters: it adds nothing
// to the bias of those that saw a unit (compensate=false; it means to, but has cleared the mean
// activity by then), and it draws whether a unit goes instead of adding shares up
// (accumulate=false). Differs from both: activities are those of a forward pass in evaluation mode;
// new weights are drawn with the spread that the layer's had at the start, whatever the network and
// the rule made of them; an optimiser's means of a replaced unit's gradients stay. The last block's
// units are replaced where their readout learns beside the rule.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <cmath>

#include "suite/base/error.h"
#include "suite/layer_pass.h"
#include "suite/ops/unit_turnover.h"

namespace plasticity {
namespace {

class ContinualBackprop final : public Strategy {
 public:
  static StrategyInfo Describe() {
    return {.name = "continual-backprop",
            .summary = "units of little use give way to new ones, all the time",
            .source = "Dohare et al. 2024, Nature 632:768; code shibhansh/loss-of-plasticity",
            .citation = "dohare2024loss",
            .role = "",
            .needs = Descent::kOwnDirection};
  }
  explicit ContinualBackprop(Params& params)
      : settings_{.decay = params.Real("decay", 0.99, Range{.min = 0, .max = 0.999999},
                                       "of the running means of utility and activity"),
                  .replacement =
                      params.Real("replacement", 1e-4, kUnitInterval,
                                  "share of a layer's mature units that is replaced at each step"),
                  .maturity = params.Integer("maturity", 100, kNonNegative,
                                             "steps for which a new unit is left alone", "steps"),
                  .accumulate =
                      params.Flag("accumulate", true,
                                  "shares below one unit add up (the paper), or are the chance "
                                  "that one unit goes (the published code's default)"),
                  .adaptable = params.Choice("utility", "contribution", kUtilities,
                                             "mean |activity| times outgoing weights; or of the "
                                             "activity less its mean, over incoming weights")},
        compensate_(params.Flag("compensate", true,
                                "what others lose on average goes to their bias (the paper); "
                                "false: as in the published code")) {}

  void Attach(Learner& learner) override {
    Strategy::Attach(learner);
    turnovers_.clear();
    bounds_.clear();
    const std::vector<Block>& blocks = learner.network().blocks();
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const at::Tensor& weight = blocks[i].layer.weight;
      const bool last = i + 1 == blocks.size();
      const std::int64_t seen = last ? learner.feature_count() : blocks[i + 1].layer.weight.size(1);
      if (seen % weight.size(0) != 0) {
        throw InputError(fmt::format(
            "continual-backprop cannot tell which of the {} inputs {} come from the {} units of "
            "block {}.",
            seen, last ? "of the readout" : fmt::format("of block {}", i + 2), weight.size(0),
            i + 1));
      }
      turnovers_.emplace_back(settings_, weight.size(0), weight.device());
      // Uniform weights in +-b have a mean square of b^2 / 3.
      bounds_.push_back(std::sqrt(3 * weight.detach().square().mean().item<double>()));
    }
  }

  StepReport Step(Learner& learner, const Batch& batch, const Progress& progress) override {
    const StepReport report = learner.Learn(batch, progress);
    const std::vector<LayerPass> passes = PassThrough(learner.network(), batch.images);
    const std::vector<UnitWeights> weights = Weights(learner);
    learner.Commit(progress);
    const at::NoGradGuard no_gradients;
    for (std::size_t i = 0; i < weights.size(); ++i)
      turnovers_[i].Observe(passes[i].output, weights[i].incoming, weights[i].outgoing);
    Stream draws = surroundings().streams->For("units", progress.draw);
    for (std::size_t i = 0; i < weights.size(); ++i)
      Replace(turnovers_[i], weights[i], bounds_[i], [&] { return draws.Uniform(); });
    return report;
  }

  void Visit(StateVisitor& visitor) override {
    for (std::size_t i = 0; i < turnovers_.size(); ++i) {
      ScopedVisitor block(visitor, "block" + std::to_string(i + 1));
      turnovers_[i].Visit(block);
    }
  }

 private:
  inline static constexpr Named<bool> kUtilities[] = {{"contribution", false},
                                                      {"adaptable_contribution", true}};

  // Those of each block whose units somebody sees.
  static std::vector<UnitWeights> Weights(Learner& learner) {
    std::vector<UnitWeights> weights;
    std::vector<Block>& blocks = learner.network().blocks();
    const Linear reading = ReadingWeights(learner);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const bool last = i + 1 == blocks.size();
      if (last && !reading.weight.defined()) break;
      weights.push_back({blocks[i].layer.weight.detach(), Detached(blocks[i].layer.bias),
                         Detached(last ? reading.weight : blocks[i + 1].layer.weight),
                         Detached(last ? reading.bias : blocks[i + 1].layer.bias)});
    }
    return weights;
  }

  static at::Tensor Detached(const at::Tensor& tensor) {
    return tensor.defined() ? tensor.detach() : tensor;
  }

  void Replace(UnitTurnover& turnover, const UnitWeights& weights, double bound,
               const UnitTurnover::Draw& draw) const {
    const std::vector<std::int64_t> units = turnover.Expendable(draw);
    if (units.empty()) return;
    const at::Tensor means = turnover.mean_activity().cpu();
    for (const std::int64_t unit : units)
      RenewUnit(weights, unit, bound, compensate_ ? means[unit].item<double>() : 0, draw);
    turnover.Forget(units);
  }

  UnitTurnover::Settings settings_;
  bool compensate_;
  std::vector<UnitTurnover> turnovers_;  // a block
  std::vector<double> bounds_;           // of new weights, a block
};
PLASTICITY_REGISTER(Strategy, ContinualBackprop);

}  // namespace
}  // namespace plasticity
