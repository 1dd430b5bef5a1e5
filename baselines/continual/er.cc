// Experience replay: each step learns from the batch and as many remembered images. Source:
// Chaudhry et al. 2019 (arXiv 1902.10486), tiny episodic memories; Robins 1995. As in mammoth's
// code, both halves are one batch, whose loss is one mean. Differs from it: an image is offered to
// the memory once, in its experience's first epoch.
#include "suite/learner.h"
#include "suite/replay_memory.h"

namespace plasticity {
namespace {

class Replay final : public Strategy {
 public:
  static StrategyInfo Describe() {
    return {
        .name = "er",
        .summary = "each step learns from remembered images, too",
        .source = "Chaudhry et al. 2019 (arXiv 1902.10486); code aimagelab/mammoth, models/er.py",
        .citation = "chaudhry2019tiny"};
  }
  explicit Replay(Params& params)
      : memory_(ReplayMemory::Declare(params)),
        replayed_(params.Integer("replayed", 0, kNonNegative,
                                 "remembered images in a step; 0: as many as new ones", "images")) {
  }

  StepReport Step(Learner& learner, const Batch& batch, const Progress& progress) override {
    const Surroundings& around = surroundings();
    const std::int64_t count = replayed_ > 0 ? replayed_ : batch.images.size(0);
    const std::vector<std::int64_t> entries =
        memory_.Draw(count, around.streams->For("replay", progress.draw));
    const StepReport report = Strategy::Step(
        learner, entries.empty() ? batch : Join(batch, memory_.Load(entries, around)), progress);
    if (progress.epoch == 0)
      memory_.Offer(batch, around, around.streams->For("memory", progress.draw));
    return report;
  }

  Samples ChooseForReadout(const Experience& now) override {
    return Join(now.train, memory_.AsSamples(surroundings()));
  }
  std::int64_t remembered_bytes() const override { return memory_.image_bytes(); }
  void Visit(StateVisitor& visitor) override { memory_.Visit(visitor); }

 private:
  ReplayMemory memory_;
  std::int64_t replayed_;
};
PLASTICITY_REGISTER(Strategy, Replay);

}  // namespace
}  // namespace plasticity
