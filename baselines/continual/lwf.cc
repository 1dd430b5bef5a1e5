// Learning without forgetting: on new images the learner keeps to the scores that it gave them
// before the experience. Source: Li & Hoiem 2016 (arXiv 1606.09282): to the loss is added strength
// times the cross-entropy against the earlier learner's softmax at a temperature, one such term for
// each earlier experience where experiences are told apart by task (setting task-incremental), else
// one among all classes seen before; no factor of temperature^2. Published code differs: mammoth
// computes this; Avalanche 0.6.0 the divergence, whose gradient is the same; GMvandeVen/
// continual-learning lets the student's softmax go over the classes of now, too (student=all).
// It reaches whatever learns from labels through a head: a rule that trains one, or the readout
// beside a rule that does not.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "baselines/continual/teacher.h"
#include "suite/base/error.h"
#include "suite/ops/distillation.h"
#include "suite/params.h"

namespace plasticity {
namespace {

// A set of earlier classes, and those among which the student's softmax tells them apart: masks
// [classes].
struct Group {
  at::Tensor teacher;
  at::Tensor student;
};

// The label loss, and while there is a teacher its terms.
class Distillation final : public Objective {
 public:
  at::Tensor Loss(const at::Tensor& scores, const Batch& batch) const override {
    at::Tensor loss = LabelLoss(scores, batch);
    if (!teacher.defined()) return loss;
    for (const Group& group : groups)
      loss = loss + strength * DistillationLoss(scores, teacher, group.teacher, group.student,
                                                temperature);
    return loss;
  }

  double strength = 1;
  double temperature = 2;
  std::vector<Group> groups;
  at::Tensor teacher;  // its scores [n, classes] of the step's images; undefined: no teacher
};

class WithoutForgetting final : public Strategy {
 public:
  static StrategyInfo Describe() {
    return {.name = "lwf",
            .summary = "scores of new images are kept to what they were before the experience",
            .source = "Li & Hoiem 2016 (arXiv 1606.09282)",
            .citation = "li2016learning",
            .role = "",
            .needs = Descent::kNone};
  }
  explicit WithoutForgetting(Params& params) {
    objective_.strength =
        params.Real("strength", 1, kNonNegative, "weight of the distillation: lambda");
    objective_.temperature =
        params.Real("temperature", 2, kPositive, "scores are divided by it in the distillation");
    all_ = params.Choice("student", "old", {"old", "all"},
                         "the learner's softmax in the distillation: among the classes seen "
                         "before, or also those of now") == "all";
  }

  const Objective* objective() const override { return &objective_; }

  void Attach(Learner& learner) override {
    Strategy::Attach(learner);
    if (!learner.rule_info().trains_head && !learner.readout_info().beside) {
      throw InputError(fmt::format(
          "lwf has nothing to act on: {} trains no head, and the readout {} learns after it, from "
          "features alone. Choose a readout that learns beside it, such as online.",
          learner.rule_info().name, learner.readout_info().name));
    }
  }

  void Begin(const Experience& experience) override { RequireBoundary(experience); }

  StepReport Step(Learner& learner, const Batch& batch, const Progress& progress) override {
    if (teacher_.ready()) {
      objective_.teacher = teacher_.Scores(batch.images, surroundings());
      if (groups_of_ != surroundings().now) objective_.groups = Groups();
      groups_of_ = surroundings().now;
    }
    const StepReport report = Strategy::Step(learner, batch, progress);
    objective_.teacher = at::Tensor();
    return report;
  }

  void End(const Experience&) override { teacher_.Become(learner()); }

  void Visit(StateVisitor& visitor) override { teacher_.Visit(visitor); }

 private:
  std::vector<Group> Groups() const {
    const Experiences& stream = *surroundings().experiences;
    const auto now = static_cast<std::int64_t>(surroundings().now->place);
    const at::Device device = learner().network().device();
    if (stream.setting == Increment::kDomain) {
      const at::Tensor every = at::ones({stream.classes}, at::kBool).to(device);
      return {{every, every}};
    }
    const at::Tensor homes = at::tensor(stream.home, at::kLong).to(device);
    const at::Tensor seen = homes.le(now);
    if (stream.setting == Increment::kClass) {
      const at::Tensor old = homes.lt(now);
      return {{old, all_ ? seen : old}};
    }
    std::vector<Group> groups;
    for (std::int64_t place = 0; place < now; ++place) {
      const at::Tensor old = homes.eq(place);
      groups.push_back({old, all_ ? seen : old});
    }
    return groups;
  }

  bool all_ = false;
  Distillation objective_;
  Teacher teacher_;                        // the learner at the end of the last experience
  const Experience* groups_of_ = nullptr;  // when the objective's groups were made
};
PLASTICITY_REGISTER(Strategy, WithoutForgetting);

}  // namespace
}  // namespace plasticity
