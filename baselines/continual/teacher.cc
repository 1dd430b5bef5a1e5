#include "baselines/continual/teacher.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace plasticity {
namespace {

void VisitAnswering(Learner& learner, StateVisitor& visitor) {
  for (const char* part : {"network", "rule", "readout"}) {
    ScopedVisitor scoped(visitor, part);
    learner.VisitPart(part, scoped);
  }
}

}  // namespace

void Teacher::Become(Learner& learner) {
  kept_ = {};
  learner_.reset();
  StateSaver saver(kept_);
  VisitAnswering(learner, saver);
}

at::Tensor Teacher::Scores(const at::Tensor& images, const Surroundings& surroundings) {
  const at::NoGradGuard no_gradients;
  if (!learner_) {
    learner_ = surroundings.like();
    StateLoader loader(kept_, images.device());
    VisitAnswering(*learner_, loader);
  }
  const at::Tensor features = learner_->Features(images);
  return learner_->rule_info().trains_head ? learner_->network().head().Forward(features)
                                           : learner_->readout().Scores(features);
}

void Teacher::Visit(StateVisitor& visitor) {
  learner_.reset();  // what was kept may be loaded
  nlohmann::json values = kept_.values, names = nlohmann::json::array();
  for (const auto& [name, tensor] : kept_.tensors) names.push_back(name);
  visitor.Json("values", values);
  visitor.Json("names", names);
  kept_.values = values.get<std::map<std::string, nlohmann::json>>();
  for (const nlohmann::json& name : names) kept_.tensors[name];
  VisitTensors(visitor, kept_.tensors);
}

}  // namespace plasticity
