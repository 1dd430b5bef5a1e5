#include "suite/learner_snapshot.h"

#include "suite/learner.h"

namespace plasticity {
namespace {

void VisitLearned(Learner& learner, StateVisitor& visitor) {
  for (const char* part : {"network", "rule", "readout"}) {
    ScopedVisitor scoped(visitor, part);
    learner.VisitPart(part, scoped);
  }
}

}  // namespace

Snapshot StateOf(Learner& learner) {
  Snapshot state;
  StateSaver saver(state);
  VisitLearned(learner, saver);
  return state;
}

void PutBack(Learner& learner, const Snapshot& state) {
  StateLoader loader(state, learner.network().device());
  VisitLearned(learner, loader);
}

void VisitSnapshot(StateVisitor& visitor, Snapshot& snapshot) {
  nlohmann::json values = snapshot.values;
  visitor.Json("values", values);
  snapshot.values = values.get<std::map<std::string, nlohmann::json>>();
  VisitTensors(visitor, "tensors", snapshot.tensors);
}

}  // namespace plasticity
