// Dark experience replay: a remembered image's scores are held where they were when it came. Those
// are kept beside it, from the step's own forward pass. Source: Buzzega et al. 2020 (NeurIPS, arXiv
// 2004.07211): cross-entropy of the new images plus alpha times the mean over remembered ones of
// the squared distance of all scores. With distance=mean_square, as mammoth's code
// (models/der.py), with which its numbers, alpha among them, are published: the mean over images
// and classes, which makes alpha as many times less as there are classes. Differs from both: an
// image is offered to the memory once, in its experience's first epoch.
#include "baselines/continual/replay_losses.h"
#include "suite/replay_strategy.h"

namespace plasticity {
namespace {

class DarkReplay final : public ReplayStrategy {
 public:
  static StrategyInfo Describe() {
    return {.name = "der",
            .summary = "replay that holds the scores of remembered images where they were",
            .source =
                "Buzzega et al. 2020 (arXiv 2004.07211); code aimagelab/mammoth, "
                "models/der.py: distance=mean_square",
            .citation = "buzzega2020dark"};
  }
  explicit DarkReplay(Params& params)
      : ReplayStrategy(params), objective_(DeclareDark(params, false)) {}

  void Attach(Learner& learner) override {
    Strategy::Attach(learner);
    NeedCarrier(learner);
  }

  StepReport Step(Learner& learner, const Batch& batch, const Progress& progress) override {
    const std::vector<std::int64_t> entries = Draw(batch, progress);
    objective_.Expect(batch.images.size(0),
                      entries.empty() ? at::Tensor() : memory().Beside("scores", entries));
    const StepReport report = Strategy::Step(learner, With(batch, entries), progress);
    Offer(batch, progress, {{"scores", objective_.TakeScores()}});
    return report;
  }

  const Objective* objective() const override { return &objective_; }

 private:
  DarkObjective objective_;
};
PLASTICITY_REGISTER(Strategy, DarkReplay);

}  // namespace
}  // namespace plasticity
