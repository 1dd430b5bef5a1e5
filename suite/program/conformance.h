#pragma once

#include <functional>
#include <string>
#include <vector>

#include "suite/rule.h"

namespace plasticity {

namespace conformance {
struct Subject;
}  // namespace conformance

/// What one law came to for one rule, on one network.
struct Finding {
  enum class Verdict {
    kPassed,
    kFailed,
    kUndecided,  ///< a law that it needs failed, and says what is wrong
    kSkipped,    ///< cannot be looked at here
  };
  std::string law;      ///< "checkpoint"
  std::string network;  ///< the small network it ran on; "" for a law of the rule by itself
  Verdict verdict = Verdict::kPassed;
  std::string message;  ///< why it is not passed, or what was measured
};

/// One thing that every rule must keep, built in or plugin.
struct Law {
  std::string name;                ///< "checkpoint"
  std::string promise;             ///< "a stopped run goes on bit for bit from its checkpoint"
  std::vector<std::string> needs;  ///< laws that must hold, or this one blames the wrong thing
  bool on_networks;                ///< looked at on each small network; else on the rule by itself
  /// Gives what was measured, or ""; throws what conformance::Look knows where it does not hold.
  std::function<std::string(const conformance::Subject&)> look;
};

/// All of them, causes before what depends on them.
const std::vector<Law>& Laws();

/// How a rule is held to the laws.
struct CheckOptions {
  std::vector<std::string> laws = {};  ///< these alone; all where empty
  bool in_children =
      true;              ///< each law in a process of its own, which may crash; false: in this one
  double limit_s = 300;  ///< for one law on one network, in a child
};

/// Holds `rule` of `registry` to the laws, and tells `report` of each finding as soon as it is
/// there. Never throws on a broken promise. With children, nothing may have been computed in this
/// process before (suite/engine/child.h).
void CheckRule(const Registry<Rule>& registry, const std::string& rule, const CheckOptions& options,
               const std::function<void(const Law&, const Finding&)>& report);

}  // namespace plasticity
