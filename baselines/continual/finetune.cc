// No strategy: the learner goes on learning from what comes, and forgets what it forgets.
#include "suite/strategy.h"

namespace plasticity {
namespace {

class Finetune final : public Strategy {
 public:
  static StrategyInfo Describe() {
    return {.name = "finetune",
            .summary = "no strategy: the learner goes on from what it is",
            .source = "a floor",
            .citation = "",
            .role = "floor"};
  }
  explicit Finetune(Params&) {}
  std::int64_t Branch(const Progress&) const override { return 0; }
};
PLASTICITY_REGISTER(Strategy, Finetune);

}  // namespace
}  // namespace plasticity
