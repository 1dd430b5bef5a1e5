#pragma once

#include <string>
#include <utility>
#include <vector>

#include "suite/base/result.h"

namespace plasticity {

/// Accuracies over a stream of T experiences: rows[k][j] is that on experience j after k of them
/// were learned, row 0 before any. [T + 1][T]; NaN where nobody knows.
using AccuracyMatrix = std::vector<std::vector<double>>;

/// What a stream leaves behind.
struct StreamRecords {
  AccuracyMatrix accuracy;       ///< [T + 1][T]
  AccuracyMatrix probe;          ///< [T][T], of a fresh readout after each; empty: there was none
  AccuracyMatrix looks;          ///< [looks][T], while they were learned; empty: nobody looked
  std::vector<std::size_t> now;  ///< [looks], the experience in work at each
  AccuracyMatrix reference;      ///< [T + 1][T], `accuracy` of a learner that had all images
};

/// A number that a stream's records give, and how.
struct ContinualMetric {
  std::string name;              ///< "forgetting.max_prior"
  std::string formula;           ///< in a_{k,j}, a row for each of the T experiences, and b_j,
                                 ///< row 0
  std::string source;            ///< who defined it, and which code prints it
  bool higher_is_better = true;  ///< which way is better
  bool at_end = false;           ///< an accuracy once the last is learned: guessing is worth what
                                 ///< it is worth there
  std::size_t least = 1;         ///< experiences that it needs
  std::string lacking;           ///< why there is none, where the records do not tell
  double (*value)(const StreamRecords&);  ///< NaN where the records do not tell

  /// Formula and source as one text.
  std::string Definition() const;
};

/// All that the task `continual` records. docs/metrics.md shows these.
const std::vector<ContinualMetric>& ContinualMetrics();

/// What takes a reference too.
const ContinualMetric& Intransigence();

/// What the metric comes to, in full; without a value, and with the reason, where the stream is too
/// short or the records do not tell.
Metric Evaluate(const ContinualMetric& metric, const StreamRecords& records);

/// Mean accuracy on the experiences seen so far, after each: [T].
std::vector<double> AccuracySoFar(const AccuracyMatrix& rows);

/// What accuracies looked at while experiences are learned give. `rows` are [looks][T], `now`
/// [looks] is the experience in work at each; experiences after that one do not count.
struct Anytime {
  double average = 0;              ///< mean over looks of the mean accuracy so far (Caccia et al.
                                   ///< 2022, arXiv 2203.03798: average anytime accuracy)
  std::vector<double> worst_case;  ///< [looks], WC-ACC of De Lange et al. 2023 (arXiv 2205.13452)
  std::vector<double> least;       ///< [T - 1], each experience's least accuracy once it was over;
                                   ///< of one that no look came after, its last is missing: NaN
};
/// Throws nothing; rows and now must be as long.
Anytime AnytimeOf(const AccuracyMatrix& rows, const std::vector<std::size_t>& now);

/// De Lange et al. 2023: by experience, the largest fall (first) and rise (second) between two
/// looks at most `window` - 1 apart.
std::pair<std::vector<double>, std::vector<double>> WindowedChanges(
    const AccuracyMatrix& rows, const std::vector<std::size_t>& now, std::size_t window);

}  // namespace plasticity
