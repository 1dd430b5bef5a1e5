#pragma once

#include <map>
#include <string>
#include <vector>

#include "reports/result_set.h"

namespace plasticity {

/// One thing that speaks for a rule's numbers.
struct EvidenceItem {
  std::string name;  ///< "golden parity"
  bool there = false;
  std::string meaning;  ///< what makes it so, a sentence without a full stop
};

/// What speaks for a rule's numbers: public code, golden parity, native number, tuned, seeds,
/// continual run; always these, in this order.
struct Evidence {
  std::vector<EvidenceItem> items;

  int count() const;  ///< of those that are there
  /// "4 of 6".
  std::string InWords() const;
  /// "tuned, seeds": the names of what is missing; "" for nothing.
  std::string Missing() const;
};

/// The evidence for each rule that is no baseline, in all Results that were loaded, whatever a
/// selection shows.
std::map<std::string, Evidence> EvidenceOf(const ResultSet& results);

/// The kinds of golden files (folders of tests/golden) that hold a rule of the suite to its
/// published code, by rule.
const std::map<std::string, std::vector<std::string>>& GoldenKinds();

}  // namespace plasticity
