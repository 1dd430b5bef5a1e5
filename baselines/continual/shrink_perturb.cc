// Shrink and perturb: weights become shrink * w + noise, at each boundary or after each step.
// Source: Ash & Adams 2020 (arXiv 1910.08475), at each boundary, with normal noise; Dohare et al.
// 2024 for each step. Differs from Ash & Adams's code, which takes a freshly made network's weights
// for noise.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <set>

#include "suite/learned_parameters.h"
#include "suite/learner.h"

namespace plasticity {
namespace {

class ShrinkPerturb final : public Strategy {
 public:
  static StrategyInfo Describe() {
    return {.name = "shrink-perturb",
            .summary = "weights shrink and are given noise, at each boundary or step",
            .source = "Ash & Adams 2020 (arXiv 1910.08475); Dohare et al. 2024, Nature 632:768",
            .citation = "ash2020warm",
            .role = "",
            .needs = Descent::kOwnDirection};
  }
  explicit ShrinkPerturb(Params& params)
      : each_step_(params.Choice("when", "boundary", kWhen,
                                 "when: before each experience but the first, or after each step, "
                                 "for which shrink is to be near 1 and noise small")),
        shrink_(params.Real("shrink", 0.6, kUnitInterval, "what weights are multiplied with")),
        noise_(params.Real("noise", 0.01, kNonNegative,
                           "deviation of the normal noise that weights are given")) {}

  void Attach(Learner& learner) override {
    Strategy::Attach(learner);
    parameters_ = LearnedParameters(learner);
  }

  void Begin(const Experience& now) override {
    parameters_ = LearnedParameters(learner());  // a task may have renewed the readout
    if (each_step_ || now.place == 0) return;
    RequireBoundary(now);
    ChangeAll(surroundings().streams->For("perturbation.boundary", now.place));
  }

  StepReport Step(Learner& learner, const Batch& batch, const Progress& progress) override {
    const StepReport report = learner.Learn(batch, progress);
    for (const Update* update : learner.updates())
      for (const at::Tensor& parameter : update->parameters)
        learned_.insert(parameters_.NameOf(parameter));
    learner.Commit(progress);
    if (each_step_) ChangeAll(surroundings().streams->For("perturbation", progress.draw));
    return report;
  }

  void Visit(StateVisitor& visitor) override { visitor.Value("learned", learned_); }

 private:
  inline static constexpr Named<bool> kWhen[] = {{"boundary", false}, {"step", true}};

  void ChangeAll(Stream draws) {
    const at::NoGradGuard no_gradients;
    for (const std::string& name : learned_) {
      const at::Tensor parameter = parameters_.at(name).detach();
      at::Tensor noise = at::empty(parameter.sizes());
      draws.FillNormal(noise.mutable_data_ptr<float>(), static_cast<std::size_t>(noise.numel()), 0,
                       noise_);
      parameter.mul_(shrink_).add_(noise.to(parameter.device()));
    }
  }

  bool each_step_;
  double shrink_;
  double noise_;
  LearnedParameters parameters_;
  std::set<std::string> learned_;  // names of what updates have changed so far
};
PLASTICITY_REGISTER(Strategy, ShrinkPerturb);

}  // namespace
}  // namespace plasticity
