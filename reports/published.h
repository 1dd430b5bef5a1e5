#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "reports/result_set.h"

namespace plasticity {

/// A number that somebody else reports. reports/published/schema/ says more of each field.
struct PublishedNumber {
  std::string method;    ///< as the source calls it
  std::string rule;      ///< our rule that it is; "" where we have none
  std::string strategy;  ///< our strategy that it stood under; "" for none
  std::string task;
  std::string data;
  std::string metric;
  double value = 0;
  std::optional<double> spread;  ///< as the source gives it
  std::string spread_kind;       ///< "standard deviation", "unstated", or "" without a spread
  std::optional<int> seeds;      ///< where the source says how many
  std::string network;           ///< in words; may be ""
  std::string protocol;          ///< in words
  std::string source;            ///< where it is read
  std::string citation;          ///< a key in References()
  bool native = false;           ///< what our native track of the rule is to reproduce
  std::map<std::string, nlohmann::json> conditions;  ///< what a board must have, by dotted path
  nlohmann::json facts;                              ///< all of it, for JSON
};

/// The files of reports/published/ by their names.
const std::map<std::string, std::string>& PublishedFiles();

/// All numbers of all files, by file.
const std::vector<PublishedNumber>& PublishedNumbers();

/// The numbers that may stand under the board by that metric: of its task and data and a rule and
/// strategy that it has, best first.
std::vector<PublishedNumber> PublishedFor(const Board& board, const std::string& metric,
                                          bool higher_is_better);

/// What the row is to reproduce in its rule's own protocol: the numbers for the board's task and
/// data.
std::vector<PublishedNumber> NativeNumbers(const Board& board, const Row& row);

/// All references, in BibTeX.
const std::string& References();

/// The BibTeX entry of that key, or "" where there is none.
std::string ReferenceOf(const std::string& key);

}  // namespace plasticity
