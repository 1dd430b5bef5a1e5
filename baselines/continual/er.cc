// Experience replay: each step learns from the batch and as many remembered images. Source:
// Chaudhry et al. 2019 (arXiv 1902.10486), tiny episodic memories; Robins 1995. As in mammoth's
// code, both halves are one batch, whose loss is one mean. Differs from it: an image is offered to
// the memory once, in its experience's first epoch.
#include "suite/learner.h"
#include "suite/replay_strategy.h"

namespace plasticity {
namespace {

class Replay final : public ReplayStrategy {
 public:
  static StrategyInfo Describe() {
    return {
        .name = "er",
        .summary = "each step learns from remembered images, too",
        .source = "Chaudhry et al. 2019 (arXiv 1902.10486); code aimagelab/mammoth, models/er.py",
        .citation = "chaudhry2019tiny"};
  }
  explicit Replay(Params& params) : ReplayStrategy(params) {}

  StepReport Step(Learner& learner, const Batch& batch, const Progress& progress) override {
    const StepReport report = Strategy::Step(learner, With(batch, Draw(batch, progress)), progress);
    Offer(batch, progress);
    return report;
  }
};
PLASTICITY_REGISTER(Strategy, Replay);

}  // namespace
}  // namespace plasticity
