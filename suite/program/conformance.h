#pragma once

#include <functional>
#include <string>
#include <vector>

#include "suite/rule.h"

namespace plasticity {

/// What one check of one rule came to.
struct Finding {
  enum class Verdict { kPassed, kFailed, kSkipped };
  std::string check;    ///< "checkpoint"
  std::string network;  ///< the small network it ran on; "" for a check of the rule by itself
  Verdict verdict = Verdict::kPassed;
  std::string message;  ///< why it failed or was skipped, or what was measured
};

/// One thing that every rule must keep, built in or plugin.
struct ConformanceCheck {
  std::string name;     ///< "checkpoint"
  std::string promise;  ///< "a stopped run goes on bit for bit from its checkpoint"
  /// One finding a network, for `rule` of `registry`. Never throws on a broken promise.
  std::function<std::vector<Finding>(const Registry<Rule>& registry, const std::string& rule)> run;
};

/// All of them, in the order they are best read in.
const std::vector<ConformanceCheck>& ConformanceChecks();

}  // namespace plasticity
