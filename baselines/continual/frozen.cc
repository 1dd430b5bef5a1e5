// The network learns on the first experience alone; after it only what turns features into classes
// goes on: the readout, or the head of a rule that trains one. Tells how much of a stream's
// accuracy needs features that learn all the time.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "suite/learner.h"

namespace plasticity {
namespace {

class Frozen final : public Strategy {
 public:
  static StrategyInfo Describe() {
    return {.name = "frozen",
            .summary = "features learn from the first experience alone, the readout from all",
            .source = "a control",
            .citation = "",
            .role = ""};
  }
  explicit Frozen(Params&) {}

  StepReport Step(Learner& learner, const Batch& batch, const Progress& progress) override {
    if (surroundings().now->place == 0) return Strategy::Step(learner, batch, progress);
    if (!learner.readout_info().beside) return {.looked = false};
    const at::Tensor features = learner.Features(batch.images);
    if (learner.rule_info().trains_head) return HeadStep(learner, features, batch, progress);
    const StepReport report = learner.readout().Learn(features, {}, batch, progress);
    learner.readout().Commit(progress);
    return report;
  }

 private:
  // One step of the rule's optimiser on the head alone.
  static StepReport HeadStep(Learner& learner, const at::Tensor& features, const Batch& batch,
                             const Progress& progress) {
    const at::NoGradGuard no_gradients;
    Linear& head = learner.network().head();
    const auto [loss, error] = Objective::Plain().SlopeAt(head.Forward(features), batch);
    learner.rule().update() = {};
    learner.rule().update().Add(head.weight, error.t().mm(features));
    learner.rule().update().Add(head.bias, error.sum(0));
    learner.rule().Commit(progress);
    return {.loss = loss};
  }
};
PLASTICITY_REGISTER(Strategy, Frozen);

}  // namespace
}  // namespace plasticity
