// Each experience is learned together with all before it, which costs as many times more.
#include "suite/strategy.h"

namespace plasticity {
namespace {

class Cumulative final : public Strategy {
 public:
  static StrategyInfo Describe() {
    return {.name = "cumulative",
            .summary = "each experience together with all before it",
            .source = "a ceiling: nothing is ever out of reach",
            .citation = "",
            .role = "ceiling"};
  }
  explicit Cumulative(Params&) {}
  std::int64_t Branch(const Progress&) const override { return 0; }

  Samples Choose(const Experience& now) override {
    return surroundings().experiences->TrainOfFirst(now.place + 1);
  }
};
PLASTICITY_REGISTER(Strategy, Cumulative);

}  // namespace
}  // namespace plasticity
