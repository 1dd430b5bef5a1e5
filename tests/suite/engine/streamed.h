#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "suite/engine/cell_lab.h"
#include "suite/scenario.h"
#include "suite/strategy.h"
#include "tests/suite/engine/toy.h"

namespace plasticity::testing {

/// A learner with a strategy, on a stream of experiences of gratings: two, of two classes each.
class Streamed {
 public:
  explicit Streamed(const std::string& strategy,
                    const nlohmann::json& params = nlohmann::json::object(),
                    const nlohmann::json& rule = Part<Rule>("backprop", {{"batch_size", 10}}),
                    const nlohmann::json& scenario = {{"experiences", 2}},
                    const std::string& readout = "online")
      : cell_(CellOf(strategy, params, rule, readout)),
        lab_(cell_, at::kCPU, session_, {}),
        data_(lab_.Open(1140)),
        stream_(Registry<Scenario>::Get().Make("split", scenario)->Make(data_, lab_.streams())),
        learner_(lab_.NewLearner("learner", data_, {})) {}

  void Learn(std::size_t place, std::int64_t epochs = 2) {
    lab_.Train(learner_, stream_[place], stream_, Budget::Epochs(epochs), {});
  }

  Learner& learner() { return learner_; }
  /// A copy of everything of the network's, and of the strategy's.
  NamedTensors State() {
    StateCollector collector;
    learner_.Visit(collector);
    for (auto& [name, tensor] : collector.tensors) tensor = tensor.detach().clone();
    return collector.tensors;
  }
  at::Tensor Weight(std::size_t block = 0) {
    return learner_.network().blocks()[block].layer.weight.detach().clone();
  }

 private:
  static Cell CellOf(const std::string& strategy, const nlohmann::json& params,
                     const nlohmann::json& rule, const std::string& readout) {
    Cell cell = ToyCell(rule, Part<Readout>(readout), ToyTask());
    cell.request["strategy"] = Part<Strategy>(strategy, params);
    return cell;
  }

  Cell cell_;
  ProgressBar silent_{"", false};
  Session session_{{.checkpoint = {}, .checkpoint_every_s = 1e18}, silent_};
  CellLab lab_;
  Splits data_;
  Experiences stream_;
  Learner& learner_;
};

}  // namespace plasticity::testing
