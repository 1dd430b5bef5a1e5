// Averaged gradient episodic memory: where a step would climb the loss of remembered images, its
// part along their gradient is taken out of it; one product over all parameters, the readout's
// among them. Source: Chaudhry et al. 2019 (ICLR, arXiv 1812.00420). Differs: the memory holds
// images of all earlier experiences alike, or of all classes alike (theirs: as many of each
// experience; mammoth's code: each experience's first batch); as many are drawn as a step has new
// ones. Running statistics see the remembered images, too, as in that code.
#include "baselines/continual/projections.h"
#include "suite/replay_strategy.h"

namespace plasticity {
namespace {

class AveragedGradientMemory final : public ReplayStrategy {
 public:
  static StrategyInfo Describe() {
    return {.name = "agem",
            .summary = "steps never climb the loss of a draw of remembered images",
            .source =
                "Chaudhry et al. 2019 (arXiv 1812.00420); code aimagelab/mammoth, "
                "models/agem.py",
            .citation = "chaudhry2019efficient",
            .needs = Descent::kLoss};
  }
  explicit AveragedGradientMemory(Params& params) : ReplayStrategy(params) {}

  void Begin(const Experience& now) override { RequireBoundary(now); }

  StepReport Step(Learner& learner, const Batch& batch, const Progress& progress) override {
    const std::vector<std::int64_t> entries = Draw(batch, progress);
    if (entries.empty()) return Strategy::Step(learner, batch, progress);
    learner.Learn(memory().Load(entries, surroundings()), progress);
    const at::Tensor remembered = Directions(learner);
    const StepReport report = learner.Learn(batch, progress);
    SetDirections(learner, Agreeing(Directions(learner), remembered));
    learner.Commit(progress);
    return report;
  }

  void End(const Experience& now) override {
    memory().OfferAll(now.train, surroundings(), surroundings().streams->For("memory", now.place));
  }
};
PLASTICITY_REGISTER(Strategy, AveragedGradientMemory);

}  // namespace
}  // namespace plasticity
