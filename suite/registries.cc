#include "suite/base/error.h"
#include "suite/readout.h"
#include "suite/scenario.h"
#include "suite/strategy.h"
#include "suite/task.h"

namespace plasticity {

template <>
Registry<Readout>& Registry<Readout>::Get() {
  static Registry<Readout> registry;
  return registry;
}

template <>
Registry<Scenario>& Registry<Scenario>::Get() {
  static Registry<Scenario> registry;
  return registry;
}

template <>
Registry<Strategy>& Registry<Strategy>::Get() {
  static Registry<Strategy> registry;
  return registry;
}

template <>
Registry<Task>& Registry<Task>::Get() {
  static Registry<Task> registry;
  return registry;
}

std::vector<Fact> ColumnsOf(const ReadoutInfo& info) {
  return {{"learns", info.beside  ? "beside the rule"
                     : info.grows ? "after it, on top of what it knows"
                                  : "after it"},
          {"summary", info.summary}};
}

std::vector<Fact> FactsOf(const ReadoutInfo& info) {
  return {{info.name, info.summary}, {"source", info.source}, ColumnsOf(info).front()};
}

StepReport Readout::Learn(const at::Tensor&, const at::Tensor&, const Batch&, const Progress&) {
  throw RunError("this readout does not learn by steps.");
}

void Readout::Commit(const Progress&) {}

void Readout::Fit(const FeatureBank&) {
  throw RunError("this readout is not fitted in closed form.");
}

}  // namespace plasticity
