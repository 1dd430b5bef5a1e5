#include "suite/learned_parameters.h"

#include "suite/base/error.h"
#include "suite/learner.h"

namespace plasticity {

LearnedParameters::LearnedParameters(Learner& learner) {
  StateCollector collector;
  for (const char* part : {"network", "rule", "readout"}) {
    ScopedVisitor scoped(collector, part);
    learner.VisitPart(part, scoped);
  }
  tensors_ = std::move(collector.tensors);
  for (const auto& [name, tensor] : tensors_) names_[tensor.unsafeGetTensorImpl()] = name;
}

const std::string& LearnedParameters::NameOf(const at::Tensor& parameter) const {
  const auto found = names_.find(parameter.unsafeGetTensorImpl());
  if (found == names_.end()) throw RunError("an update changes something that no part visits.");
  return found->second;
}

}  // namespace plasticity
