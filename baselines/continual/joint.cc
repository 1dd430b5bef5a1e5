// All experiences at once, from the start: the ceiling of a stream. The first experience's training
// goes over the images of all, and nothing is learned later.
#include "suite/strategy.h"

namespace plasticity {
namespace {

class Joint final : public Strategy {
 public:
  static StrategyInfo Describe() {
    return {.name = "joint",
            .summary = "all experiences at once, from the start",
            .source = "a ceiling",
            .citation = "",
            .role = "ceiling"};
  }
  explicit Joint(Params&) {}
  std::int64_t Branch(const Progress&) const override { return 0; }

  Samples Choose(const Experience& now) override {
    const Experiences& all = *surroundings().experiences;
    return now.place == 0 ? all.TrainOfFirst(all.size()) : Samples{};
  }
};
PLASTICITY_REGISTER(Strategy, Joint);

}  // namespace
}  // namespace plasticity
