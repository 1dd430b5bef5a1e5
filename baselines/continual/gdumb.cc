// Greedy sampler, dumb learner: at each experience the learner forgets all, and learns anew from a
// memory of what has come so far, which is greedily kept balanced. What it has learned in a stream
// is its memory alone. Source: Prabhu, Torr & Dokania 2020 (ECCV). Differs: the learner is the
// cell's own, without CutMix, and makes the cell's steps, the memory repeated until it is as long
// as the experience (`passes`, in their code 256); it learns at the end of each experience, when it
// is asked, and with fewer images than the memory has room for.
#include "suite/learner.h"
#include "suite/replay_strategy.h"

namespace plasticity {
namespace {

class GreedyMemory final : public MemoryStrategy {
 public:
  static StrategyInfo Describe() {
    return {.name = "gdumb",
            .summary = "learns anew at each experience, from a balanced memory alone",
            .source = "Prabhu et al. 2020 (ECCV); code drimpossible/GDumb",
            .citation = "prabhu2020gdumb"};
  }
  explicit GreedyMemory(Params& params)
      : MemoryStrategy(ReplayMemory::Declare(params, ReplayMemory::Selection::kGreedy)),
        passes_(params.Integer("passes", 0, kNonNegative,
                               "over the memory in each pass over an experience; 0: as many as "
                               "make it at least as long")) {}

  void Begin(const Experience& now) override {
    memory().OfferAll(now.train, surroundings(), surroundings().streams->For("memory", now.place));
    learner().StartFrom(*surroundings().like(), true);
    learner().RenewReadout();
  }

  Samples Choose(const Experience& now) override {
    const Samples once = memory().AsSamples(surroundings());
    if (once.size() == 0) return once;
    const std::int64_t passes =
        passes_ > 0 ? passes_ : (now.train.size() + once.size() - 1) / once.size();
    std::vector<std::int64_t> places;
    for (std::int64_t i = 0; i < passes * once.size(); ++i) places.push_back(i % once.size());
    return Chosen(once, places);
  }
  Samples ChooseForReadout(const Experience& /*now*/) override {
    return memory().AsSamples(surroundings());
  }

 private:
  std::int64_t passes_;
};
PLASTICITY_REGISTER(Strategy, GreedyMemory);

}  // namespace
}  // namespace plasticity
