#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "suite/engine/step_replay.h"
#include "tests/suite/engine/toy.h"

namespace plasticity::testing {

/// A learner of gratings, a readout beside it.
inline std::unique_ptr<Learner> NewLearner(std::unique_ptr<Rule> rule, const RuleInfo& info,
                                           at::Device device = at::kCPU) {
  static const Streams streams(1);
  LearnerParts parts{
      .rule_info = info,
      .rule = std::move(rule),
      .network = std::make_unique<Network>(
          TinyConvolutions(), Shape{.channels = 3, .height = 8, .width = 8}, 4, streams, device)};
  const auto& readout = Registry<Readout>::Get().Find("online");
  parts.readout_info = readout.info;
  parts.readout = Registry<Readout>::Get().Make("online", nlohmann::json::object());
  const auto& strategy = Registry<Strategy>::Get().Find("finetune");
  parts.strategy_info = strategy.info;
  parts.strategy = Registry<Strategy>::Get().Make("finetune", nlohmann::json::object());
  return std::make_unique<Learner>("learner", std::move(parts), 3 * 8 * 8, 4);
}

inline std::unique_ptr<Learner> NewLearner(const std::string& rule,
                                           const nlohmann::json& params = nlohmann::json::object(),
                                           at::Device device = at::kCPU) {
  return NewLearner(Registry<Rule>::Get().Make(rule, params), Registry<Rule>::Get().Find(rule).info,
                    device);
}

/// All that the learner keeps.
inline Snapshot StateOf(Learner& learner) {
  Snapshot snapshot;
  StateSaver saver(snapshot);
  learner.Visit(saver);
  return snapshot;
}

inline constexpr std::int64_t kEpochs = 2, kPerEpoch = 12;

/// Takes all steps of two epochs, the last of each on fewer images; calls `after` after each.
inline void Learn(StepReplay& replay,
                  const std::function<void(const StepReplay::Taken&)>& after = {},
                  at::Device device = at::kCPU) {
  for (std::int64_t step = 0; step < kEpochs * kPerEpoch; ++step) {
    const bool last = step % kPerEpoch == kPerEpoch - 1;
    Batch batch = Gratings(static_cast<std::uint64_t>(step), last ? 7 : 12);
    batch.images = batch.images.to(device);
    batch.labels = batch.labels.to(device);
    const StepReplay::Taken taken = replay.Step(batch, {.step = step,
                                                        .steps = kEpochs * kPerEpoch,
                                                        .epoch = step / kPerEpoch,
                                                        .epochs = kEpochs,
                                                        .draw = static_cast<std::uint64_t>(step)});
    if (after) after(taken);
  }
}

}  // namespace plasticity::testing
