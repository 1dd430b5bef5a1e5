#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "suite/streams.h"

namespace plasticity {

/// A parameter that a tuning searches, and how its values are drawn. docs/tuning.md has the why.
struct Searched {
  std::string key;                      ///< as in "set": "rule.learning_rate"
  std::vector<nlohmann::json> options;  ///< drawn among these, where there are any
  double low = 0, high = 0;  ///< else between these, both included: log-uniformly where low is
                             ///< above 0, uniformly where it is not
  bool whole = false;        ///< whole numbers alone
  nlohmann::json times;      ///< of one value a layer: what one number between low and high
                             ///< multiplies; null else

  /// The value that a stream draws: of three significant digits.
  nlohmann::json Draw(Stream stream) const;
  /// "learning_rate 0.000333 to 0.3", without the part's name where that is "rule".
  std::string Text() const;
  /// As a tuning's record has it.
  nlohmann::json ToJson() const;
};

/// All that a tuning searches, by key.
using SearchSpace = std::vector<Searched>;

/// What the user says of a space, by key: a text "1e-4..1e-1" or "kwta,softmax", a list of options,
/// or null for a parameter's own way.
using SpaceEntries = std::map<std::string, nlohmann::json>;

/// The space around the request's values in force: every number of the rule above 0 but those that
/// are declared Untuned, a factor of 30 in both directions and within its range; over them
/// `entries`, which may also name the strategy's. What `set` sets is searched by nobody. Throws
/// InputError for an entry that names no such parameter, an empty range, values that the parameter
/// forbids, and one that is set, too.
SearchSpace MakeSpace(const nlohmann::json& request, const nlohmann::json& set,
                      const SpaceEntries& entries);

/// The "set" of a trial: every parameter's draw, each from a stream of its own, so that one more
/// parameter changes no other's. Trial 0 is the defaults: nothing is set.
nlohmann::json DrawTrial(const SearchSpace& space, const Streams& streams, std::size_t trial);

/// A parameter's name as messages have it: "rule.learning_rate" as "learning_rate".
std::string ShortKey(const std::string& key);

}  // namespace plasticity
