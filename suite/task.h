#pragma once

#include <string>
#include <vector>

#include "suite/lab.h"
#include "suite/registry.h"

namespace plasticity {

/// What a metric of a task means.
struct MetricInfo {
  std::string name;              ///< "accuracy.test"; "unit_diversity.*" for all that begin so
  std::string unit;              ///< "fraction", "units"
  std::string definition;        ///< one sentence
  bool higher_is_better = true;  ///< which way is better
};

/// What a task states about itself. `version` changes whenever its numbers would.
struct TaskInfo {
  std::string name;                 ///< as `--task` takes it
  int version = 1;                  ///< goes up when the protocol changes; part of every request
  std::string summary;              ///< one line
  std::vector<MetricInfo> metrics;  ///< every metric that it records; the first is what boards rank
                                    ///< by
  nlohmann::json common = nlohmann::json::object();  ///< settings of its common track: what every
                                                     ///< rule is compared under
  bool is_default = false;                           ///< the task of settings that name none
};

/// A protocol: a straight-line script over a lab that turns a learner and data into records and
/// metrics. It has no loop over batches, no state and no resume code: a cell that goes on runs the
/// script again from the top, and what was done before is not done twice.
class Task {
 public:
  /// The kind's name.
  static constexpr const char* kKind = "task";
  /// What an entry says about itself.
  using Info = TaskInfo;
  virtual ~Task() = default;
  /// The script: what is learned, when it is judged, what is recorded.
  virtual void Run(Lab& lab) = 0;
};

/// All tasks that the program knows.
template <>
Registry<Task>& Registry<Task>::Get();

}  // namespace plasticity
