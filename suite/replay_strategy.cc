#include "suite/replay_strategy.h"

#include <ATen/ATen.h>

#include "suite/learner.h"

namespace plasticity {

ReplayStrategy::ReplayStrategy(Params& params)
    : MemoryStrategy(ReplayMemory::Declare(params)),
      replayed_(params.Integer("replayed", 0, kNonNegative,
                               "remembered images in a step; 0: as many as new ones", "images")) {}

std::vector<std::int64_t> ReplayStrategy::Draw(const Batch& batch, const Progress& progress,
                                               std::string_view purpose) const {
  return memory().Draw(replayed_ > 0 ? replayed_ : batch.images.size(0),
                       surroundings().streams->For(purpose, progress.draw));
}

Batch ReplayStrategy::With(const Batch& batch, const std::vector<std::int64_t>& entries) const {
  return entries.empty() ? batch : Join(batch, memory().Load(entries, surroundings()));
}

void ReplayStrategy::Offer(const Batch& batch, const Progress& progress,
                           const NamedTensors& beside) {
  if (progress.epoch > 0) return;
  memory().Offer(batch, surroundings(), surroundings().streams->For("memory", progress.draw),
                 beside);
}

}  // namespace plasticity
