#pragma once

#include <string_view>
#include <vector>

#include "suite/replay_memory.h"
#include "suite/strategy.h"

namespace plasticity {

/// A strategy with a memory of the stream. A readout that learns after the rule learns from what is
/// remembered, too.
class MemoryStrategy : public Strategy {
 public:
  /// With this memory.
  explicit MemoryStrategy(ReplayMemory memory) : memory_(std::move(memory)) {}

  Samples ChooseForReadout(const Experience& now) override {
    return Join(now.train, memory_.AsSamples(surroundings()));
  }
  std::int64_t remembered_bytes() const override { return memory_.image_bytes(); }
  void Visit(StateVisitor& visitor) override { memory_.Visit(visitor); }

 protected:
  /// What it remembers.
  ReplayMemory& memory() { return memory_; }
  /// What it remembers.
  const ReplayMemory& memory() const { return memory_; }

 private:
  ReplayMemory memory_;
};

/// A strategy that draws from its memory at each step.
class ReplayStrategy : public MemoryStrategy {
 public:
  /// Declares the memory, and how many images a step draws.
  explicit ReplayStrategy(Params& params);

 protected:
  /// Entries for a step on `batch`; none where nothing is remembered yet. Each purpose draws by
  /// itself.
  std::vector<std::int64_t> Draw(const Batch& batch, const Progress& progress,
                                 std::string_view purpose = "replay") const;
  /// The batch with the images of these entries behind it.
  Batch With(const Batch& batch, const std::vector<std::int64_t>& entries) const;
  /// Offers the batch to the memory, in its experience's first epoch alone: an image is offered
  /// once.
  void Offer(const Batch& batch, const Progress& progress, const NamedTensors& beside = {});

 private:
  std::int64_t replayed_;
};

}  // namespace plasticity
