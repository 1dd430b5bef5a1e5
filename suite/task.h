#pragma once

#include <string>
#include <vector>

#include "suite/lab.h"
#include "suite/registry.h"

namespace plasticity {

/// What a metric of a task means.
struct MetricInfo {
  std::string name;        ///< "accuracy.test"; "unit_diversity.*" for all that begin so
  std::string unit;        ///< "fraction", "units"
  std::string definition;  ///< one sentence
  bool higher_is_better = true;
  int guesses = 0;  ///< guessing so many classes of all gives the chance level; 0: it has none
};

/// What a task states about itself. `version` changes whenever its numbers would.
struct TaskInfo {
  std::string name;
  int version = 1;
  std::string summary;
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
  static constexpr const char* kKind = "task";
  using Info = TaskInfo;
  virtual ~Task() = default;
  virtual void Run(Lab& lab) = 0;
};

template <>
Registry<Task>& Registry<Task>::Get();

}  // namespace plasticity
