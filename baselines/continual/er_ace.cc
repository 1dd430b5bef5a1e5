// Experience replay with an asymmetric cross-entropy: a new image is told apart among the classes
// of its own batch, so that new classes do not push old ones' scores down; a remembered one among
// all. Both halves are one batch, and their means are added up. Source: Caccia et al. 2022 (ICLR,
// arXiv 2104.05025). With mask=published, as mammoth's code (models/er_ace.py, whose numbers are
// published): neither mask nor replay in the first experience, and later a new image is told apart
// among its batch's classes, the highest class seen so far and all beyond it. Differs from both: an
// image is offered to the memory once, in its experience's first epoch; the head is the learner's
// own, not a cosine one.
#include <ATen/ATen.h>

#include "baselines/continual/replay_losses.h"
#include "suite/replay_strategy.h"

namespace plasticity {
namespace {

class AsymmetricReplay final : public ReplayStrategy {
 public:
  static StrategyInfo Describe() {
    return {.name = "er-ace",
            .summary = "replay; new images are told apart among the classes of their batch",
            .source =
                "Caccia et al. 2022 (arXiv 2104.05025); code aimagelab/mammoth, "
                "models/er_ace.py: mask=published",
            .citation = "caccia2022new"};
  }
  explicit AsymmetricReplay(Params& params)
      : ReplayStrategy(params),
        published_(params.Choice("mask", "batch", kMasks,
                                 "classes of a new image: its batch's, or as the published code")) {
  }

  void Attach(Learner& learner) override {
    Strategy::Attach(learner);
    NeedCarrier(learner);
  }

  StepReport Step(Learner& learner, const Batch& batch, const Progress& progress) override {
    highest_ = std::max(highest_, batch.labels.max().item<std::int64_t>());
    const bool plain = published_ && surroundings().now->place == 0;
    if (!plain) objective_.Expect(batch.images.size(0), Allowed(batch.labels));
    const StepReport report =
        Strategy::Step(learner, plain ? batch : With(batch, Draw(batch, progress)), progress);
    objective_.Expect(0);
    Offer(batch, progress);
    return report;
  }

  const Objective* objective() const override { return &objective_; }
  void Visit(StateVisitor& visitor) override {
    ReplayStrategy::Visit(visitor);
    visitor.Value("highest", highest_);
  }

 private:
  static constexpr Named<bool> kMasks[] = {{"batch", false}, {"published", true}};

  at::Tensor Allowed(const at::Tensor& labels) const {
    const at::Tensor of_batch = ClassesAmong(labels, learner().classes());
    return published_ ? AsPublished(of_batch, highest_) : of_batch;
  }

  bool published_;
  AsymmetricObjective objective_;
  std::int64_t highest_ = 0;  // class so far
};
PLASTICITY_REGISTER(Strategy, AsymmetricReplay);

}  // namespace
}  // namespace plasticity
