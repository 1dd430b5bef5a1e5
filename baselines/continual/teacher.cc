#include "baselines/continual/teacher.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "suite/learner_snapshot.h"

namespace plasticity {

void Teacher::Become(Learner& learner) {
  kept_ = StateOf(learner);
  learner_.reset();
}

at::Tensor Teacher::Scores(const at::Tensor& images, const Surroundings& surroundings) {
  const at::NoGradGuard no_gradients;
  if (!learner_) {
    learner_ = surroundings.like();
    PutBack(*learner_, kept_);
  }
  const at::Tensor features = learner_->Features(images);
  return learner_->rule_info().trains_head ? learner_->network().head().Forward(features)
                                           : learner_->readout().Scores(features);
}

void Teacher::Visit(StateVisitor& visitor) {
  learner_.reset();  // what was kept may be loaded
  VisitSnapshot(visitor, kept_);
}

}  // namespace plasticity
