#include <iostream>

#include "suite/base/verb.h"
#include "tasks/continual/recompute.h"

namespace plasticity {
namespace {

class MetricsVerb final : public Verb {
 public:
  std::vector<Option> Options() override {
    return {{"results", &command_.results, "Result files, or folders of them", Given::kAlways},
            {"--joint", &command_.reference,
             "The same stream's Result by the strategy joint or cumulative, for intransigence"},
            {"--format", &command_.format, "terminal or json"}};
  }
  int Run() override { return ShowMetrics(command_, std::cout); }

 private:
  MetricsCommand command_;
};
const bool added = AddVerb<MetricsVerb>(
    "metrics", "Compute a stream's metrics anew from its accuracy matrix, and compare");

}  // namespace
}  // namespace plasticity
