// Gradient episodic memory: each step is the one nearest to its own gradient that climbs no earlier
// experience's loss on what is remembered of it; one quadratic programme over all parameters, the
// readout's among them, solved exactly in float64. Every experience has an equal part of the
// memory, drawn at random when it ends (theirs: its last images). Source: Lopez-Paz & Ranzato 2017
// (NeurIPS, arXiv 1706.08840). There a constant is added to the multipliers of the dual; as
// published code does it (GEM's own and mammoth's models/gem.py, margin=0.5, ridge=0.001, with
// which numbers are published) they are at least that constant, and the programme has a ridge. That
// code draws one batch over all experiences; here each gives all of its images, or `replayed`.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include "baselines/continual/projections.h"
#include "suite/base/error.h"
#include "suite/replay_strategy.h"

namespace plasticity {
namespace {

class GradientMemory final : public MemoryStrategy {
 public:
  static StrategyInfo Describe() {
    return {.name = "gem",
            .summary = "steps climb no earlier experience's loss on what is remembered of it",
            .source =
                "Lopez-Paz & Ranzato 2017 (arXiv 1706.08840); code aimagelab/mammoth, "
                "models/gem.py: margin=0.5 ridge=0.001",
            .citation = "lopezpaz2017gradient",
            .needs = Descent::kLoss};
  }
  explicit GradientMemory(Params& params)
      : MemoryStrategy(ReplayMemory::Declare(params, ReplayMemory::Selection::kGiven)),
        replayed_(params.Integer("replayed", 0, kNonNegative,
                                 "remembered images of each experience in a step; 0: all",
                                 "images")),
        margin_(params.Real("margin", 0, kNonNegative,
                            "least multiplier, where any constraint is hurt")),
        ridge_(params.Real("ridge", 0, kNonNegative, "on the diagonal of the programme")) {}

  void Begin(const Experience& now) override { RequireBoundary(now); }

  StepReport Step(Learner& learner, const Batch& batch, const Progress& progress) override {
    std::vector<at::Tensor> remembered;
    for (std::size_t place = 0; place < surroundings().now->place; ++place) {
      const std::vector<std::int64_t> entries = DrawFrom(place, progress);
      if (entries.empty()) continue;
      learner.Learn(memory().Load(entries, surroundings()), progress);
      remembered.push_back(Directions(learner));
    }
    const StepReport report = learner.Learn(batch, progress);
    if (!remembered.empty()) {
      SetDirections(learner,
                    AgreeingWithAll(Directions(learner), at::stack(remembered), margin_, ridge_));
    }
    learner.Commit(progress);
    return report;
  }

  void End(const Experience& now) override {
    const Surroundings& around = surroundings();
    const auto experiences = static_cast<std::int64_t>(around.experiences->size());
    const std::int64_t each = memory().Capacity(around) / experiences;
    if (each == 0) {
      throw InputError(fmt::format("gem's memory of {} images has none for each of {} experiences.",
                                   memory().Capacity(around), experiences));
    }
    const std::int64_t all = now.train.size();
    memory().Put(
        Chosen(now.train, around.streams->For("memory", now.place).Some(std::min(all, each), all)),
        around);
  }

 private:
  std::vector<std::int64_t> DrawFrom(std::size_t place, const Progress& progress) const {
    std::vector<std::int64_t> entries = memory().EntriesFrom(place);
    if (replayed_ == 0 || replayed_ >= static_cast<std::int64_t>(entries.size())) return entries;
    const auto places = static_cast<std::uint64_t>(surroundings().experiences->size());
    std::vector<std::int64_t> drawn;
    for (const std::int64_t i : surroundings()
                                    .streams->For("replay", progress.draw * places + place)
                                    .Some(replayed_, static_cast<std::int64_t>(entries.size())))
      drawn.push_back(entries[static_cast<std::size_t>(i)]);
    return drawn;
  }

  std::int64_t replayed_;
  double margin_;
  double ridge_;
};
PLASTICITY_REGISTER(Strategy, GradientMemory);

}  // namespace
}  // namespace plasticity
