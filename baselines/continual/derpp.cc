// Dark experience replay ++: der, plus beta times the cross-entropy of other remembered images,
// which are drawn by themselves. Source: Buzzega et al. 2020 (NeurIPS, arXiv 2004.07211). The
// published code's mean (mammoth, models/derpp.py) is distance=mean_square; see der.cc, also for
// what differs from both.
#include "baselines/continual/replay_losses.h"
#include "suite/replay_strategy.h"

namespace plasticity {
namespace {

class DarkReplayPlusPlus final : public ReplayStrategy {
 public:
  static StrategyInfo Describe() {
    return {.name = "der++",
            .summary = "replay of remembered images' scores, and of others' labels",
            .source =
                "Buzzega et al. 2020 (arXiv 2004.07211); code aimagelab/mammoth, "
                "models/derpp.py: distance=mean_square",
            .citation = "buzzega2020dark"};
  }
  explicit DarkReplayPlusPlus(Params& params)
      : ReplayStrategy(params), objective_(DeclareDark(params, true)) {}

  void Attach(Learner& learner) override {
    Strategy::Attach(learner);
    NeedCarrier(learner);
  }

  StepReport Step(Learner& learner, const Batch& batch, const Progress& progress) override {
    const std::vector<std::int64_t> scored = Draw(batch, progress),
                                    labelled = Draw(batch, progress, "replay.labels");
    objective_.Expect(batch.images.size(0),
                      scored.empty() ? at::Tensor() : memory().Beside("scores", scored));
    const StepReport report =
        Strategy::Step(learner, With(With(batch, scored), labelled), progress);
    Offer(batch, progress, {{"scores", objective_.TakeScores()}});
    return report;
  }

  const Objective* objective() const override { return &objective_; }

 private:
  DarkObjective objective_;
};
PLASTICITY_REGISTER(Strategy, DarkReplayPlusPlus);

}  // namespace
}  // namespace plasticity
