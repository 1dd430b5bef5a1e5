#pragma once

#include <string>

#include "suite/network.h"
#include "suite/readout.h"
#include "suite/registry.h"
#include "suite/rule.h"
#include "suite/engine/session.h"
#include "tasks/data/dataset.h"

namespace plasticity {

/// What a task states about itself. `version` changes whenever its numbers would.
struct TaskInfo {
  std::string name;
  int version = 1;
  std::string summary;
};

/// Everything a cell is made of.
struct Experiment {
  const RuleInfo& rule_info;
  Rule& rule;
  Network& network;
  Readout& readout;
  const ReadoutInfo& readout_info;
  const Dataset& data;
  const Streams& streams;
  Session& session;
};

/// A data stream, and the protocol that turns a rule and a network into metrics.
class Task {
 public:
  static constexpr const char* kKind = "task";
  using Info = TaskInfo;
  virtual ~Task() = default;

  /// How much work a cell is, for estimates.
  struct Work {
    std::int64_t learning_images = 0;  ///< images the rule learns from
    std::int64_t forward_images = 0;   ///< images that are only passed through
    std::int64_t readout_images = 0;   ///< images a readout is fitted on
  };
  virtual Work Estimate(const Dataset& data) const = 0;

  /// Runs, or goes on where the state that Visit loaded says, and fills session.result's metrics
  /// and records.
  virtual void Run(Experiment& experiment) = 0;
  virtual void Visit(StateVisitor& visitor) = 0;
};

template <>
Registry<Task>& Registry<Task>::Get();

}  // namespace plasticity
