#include "tasks/continual/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace plasticity {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double Mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// The mean over experiences from `from` to `to` - 1.
template <typename Of>
double MeanOver(std::size_t from, std::size_t to, Of of) {
  std::vector<double> values;
  for (std::size_t j = from; j < to; ++j) values.push_back(of(j));
  return Mean(values);
}

std::size_t Size(const AccuracyMatrix& rows) { return rows.size() - 1; }
double After(const AccuracyMatrix& rows, std::size_t k, std::size_t j) { return rows[k + 1][j]; }
double Last(const AccuracyMatrix& rows, std::size_t j) { return rows.back()[j]; }

// The best on experience j after the experiences `from` to `to` - 1.
double Best(const AccuracyMatrix& rows, std::size_t j, std::size_t from, std::size_t to) {
  double best = 0;
  for (std::size_t k = from; k < to; ++k) {
    const double accuracy = After(rows, k, j);
    if (std::isnan(accuracy)) return accuracy;
    best = std::max(best, accuracy);
  }
  return best;
}

double Final(const AccuracyMatrix& rows) { return Mean(rows.back()); }

double Incremental(const AccuracyMatrix& rows) { return Mean(AccuracySoFar(rows)); }

double LastRowIncremental(const AccuracyMatrix& rows) {
  double sum = 0, count = 0;
  for (std::size_t k = 0; k < Size(rows); ++k) {
    for (std::size_t j = 0; j <= k; ++j, ++count) sum += After(rows, k, j);
  }
  return sum / count;
}

double FirstLast(const AccuracyMatrix& rows) {
  return MeanOver(0, Size(rows) - 1,
                  [&](std::size_t j) { return After(rows, j, j) - Last(rows, j); });
}

double MaxPrior(const AccuracyMatrix& rows) {
  const std::size_t last = Size(rows) - 1;
  return MeanOver(0, last, [&](std::size_t j) { return Best(rows, j, 0, last) - Last(rows, j); });
}

double MaxOwn(const AccuracyMatrix& rows) {
  const std::size_t last = Size(rows) - 1;
  return MeanOver(0, last, [&](std::size_t j) { return Best(rows, j, j, last) - Last(rows, j); });
}

double MaxAny(const AccuracyMatrix& rows) {
  const std::size_t last = Size(rows) - 1;
  return MeanOver(0, last,
                  [&](std::size_t j) { return Best(rows, j, 0, last + 1) - Last(rows, j); });
}

double Backward(const AccuracyMatrix& rows) { return -FirstLast(rows); }

double BackwardAllRows(const AccuracyMatrix& rows) {
  double sum = 0, count = 0;
  for (std::size_t k = 1; k < Size(rows); ++k) {
    for (std::size_t j = 0; j < k; ++j, ++count) sum += After(rows, k, j) - After(rows, j, j);
  }
  return sum / count;
}

double Forward(const AccuracyMatrix& rows) {
  return MeanOver(1, Size(rows), [&](std::size_t j) { return After(rows, j - 1, j) - rows[0][j]; });
}

double ForwardAllRows(const AccuracyMatrix& rows) {
  double sum = 0, count = 0;
  for (std::size_t k = 0; k < Size(rows); ++k) {
    for (std::size_t j = k + 1; j < Size(rows); ++j, ++count) sum += After(rows, k, j);
  }
  return sum / count;
}

double Learning(const AccuracyMatrix& rows) {
  return MeanOver(0, Size(rows), [&](std::size_t j) { return After(rows, j, j); });
}

double Stability(const AccuracyMatrix& rows) {
  return MeanOver(0, Size(rows) - 1, [&](std::size_t j) { return Last(rows, j); });
}

template <double (*value)(const AccuracyMatrix&)>
double OfAccuracy(const StreamRecords& records) {
  return value(records.accuracy);
}

// No metric of probes looks at row 0.
template <double (*value)(const AccuracyMatrix&)>
double OfProbe(const StreamRecords& records) {
  if (records.probe.empty()) return kUnknown;
  AccuracyMatrix rows = records.probe;
  rows.insert(rows.begin(), std::vector<double>(rows.front().size(), kUnknown));
  return value(rows);
}

double AverageAnytime(const StreamRecords& records) {
  return records.looks.empty() ? kUnknown : AnytimeOf(records.looks, records.now).average;
}

double WorstCase(const StreamRecords& records) {
  return records.looks.empty() ? kUnknown : AnytimeOf(records.looks, records.now).worst_case.back();
}

double BelowReference(const StreamRecords& records) {
  if (records.reference.empty()) return kUnknown;
  return MeanOver(0, Size(records.accuracy), [&](std::size_t k) {
    return After(records.reference, k, k) - After(records.accuracy, k, k);
  });
}

const char* const kLearned = "an accuracy on a learned experience is not known";
const char* const kAhead = "accuracies on experiences not yet learned are not known";
const char* const kBefore =
    "accuracies on the experience that comes next, or before any (row 0), are not known";
const char* const kProbed = "no probe was asked for";
const char* const kLooked = "nobody looked while it learned: --set task.looks=N";

}  // namespace

std::string ContinualMetric::Definition() const {
  return source.empty() ? formula : formula + " (" + source + ")";
}

const std::vector<ContinualMetric>& ContinualMetrics() {
  static const std::vector<ContinualMetric> metrics = {
      {.name = "acc.final",
       .formula = "mean over j of a_{T,j}",
       .source = "Lopez-Paz & Ranzato 2017; ACC of most codes",
       .at_end = true,
       .lacking = kLearned,
       .value = &OfAccuracy<Final>},
      {.name = "acc.incremental",
       .formula = "mean over k of the mean over j <= k of a_{k,j}",
       .source = "Rebuffi et al. 2017 (iCaRL): average incremental accuracy",
       .lacking = kLearned,
       .value = &OfAccuracy<Incremental>},
      {.name = "acc.all_rows",
       .formula = "mean over all k and j <= k of a_{k,j}",
       .source = "Diaz-Rodriguez et al. 2018 (arXiv 1810.13166): A",
       .lacking = kLearned,
       .value = &OfAccuracy<LastRowIncremental>},
      {.name = "forgetting.first_last",
       .formula = "mean over j < T of a_{j,j} - a_{T,j}",
       .source = "Avalanche's Forgetting; minus bwt.gem",
       .higher_is_better = false,
       .least = 2,
       .lacking = kLearned,
       .value = &OfAccuracy<FirstLast>},
      {.name = "forgetting.max_prior",
       .formula = "mean over j < T of max over k < T of a_{k,j}, less a_{T,j}",
       .source = "Chaudhry et al. 2018 (arXiv 1801.10112), rows before j was learned included",
       .higher_is_better = false,
       .least = 2,
       .lacking = kAhead,
       .value = &OfAccuracy<MaxPrior>},
      {.name = "forgetting.max_own",
       .formula = "mean over j < T of max over j <= k < T of a_{k,j}, less a_{T,j}",
       .source =
           "as max_prior, from where j was learned on; FACIL, which asks about learned ones alone",
       .higher_is_better = false,
       .least = 2,
       .lacking = kLearned,
       .value = &OfAccuracy<MaxOwn>},
      {.name = "forgetting.max_any",
       .formula = "mean over j < T of max over all k of a_{k,j}, less a_{T,j}; never negative",
       .source = "mammoth's forgetting",
       .higher_is_better = false,
       .least = 2,
       .lacking = kAhead,
       .value = &OfAccuracy<MaxAny>},
      {.name = "bwt.gem",
       .formula = "mean over j < T of a_{T,j} - a_{j,j}",
       .source = "Lopez-Paz & Ranzato 2017, over T - 1; their code divides by T",
       .least = 2,
       .lacking = kLearned,
       .value = &OfAccuracy<Backward>},
      {.name = "bwt.all_rows",
       .formula = "mean over all j < k of a_{k,j} - a_{j,j}",
       .source = "Diaz-Rodriguez et al. 2018",
       .least = 2,
       .lacking = kLearned,
       .value = &OfAccuracy<BackwardAllRows>},
      {.name = "fwt.gem",
       .formula = "mean over j > 1 of a_{j-1,j} - b_j",
       .source = "Lopez-Paz & Ranzato 2017, over T - 1; Avalanche's ForwardTransfer",
       .least = 2,
       .lacking = kBefore,
       .value = &OfAccuracy<Forward>},
      {.name = "fwt.all_rows",
       .formula = "mean over all j > k of a_{k,j}",
       .source = "Diaz-Rodriguez et al. 2018, without a baseline",
       .least = 2,
       .lacking = kAhead,
       .value = &OfAccuracy<ForwardAllRows>},
      {.name = "plasticity",
       .formula = "mean over j of a_{j,j}",
       .source = "Riemer et al. 2019 (arXiv 1810.11910): learning accuracy",
       .lacking = kLearned,
       .value = &OfAccuracy<Learning>},
      {.name = "stability",
       .formula = "mean over j < T of a_{T,j}",
       .source = "mammoth and others: final accuracy on what was learned before the last",
       .at_end = true,
       .least = 2,
       .lacking = kLearned,
       .value = &OfAccuracy<Stability>},
      {.name = "probe.final",
       .formula = "accuracy on all experiences, asked as after the last, of a fresh readout "
                  "fitted on all of them once the last is learned",
       .at_end = true,
       .lacking = kProbed,
       .value = &OfProbe<Final>},
      {.name = "probe.forgetting",
       .formula = "forgetting.first_last of such readouts, one fitted after each experience: what "
                  "the features lost",
       .higher_is_better = false,
       .least = 2,
       .lacking = kProbed,
       .value = &OfProbe<FirstLast>},
      {.name = "anytime.average",
       .formula = "mean over looks while learning of the mean accuracy on the experiences so far",
       .source = "Caccia et al. 2022",
       .lacking = kLooked,
       .value = &AverageAnytime},
      {.name = "anytime.worst_case",
       .formula = "at the last look, the mean of the accuracy on the last experience and of each "
                  "earlier one's least since it was learned",
       .source = "De Lange et al. 2023",
       .lacking = kLooked,
       .value = &WorstCase}};
  return metrics;
}

const ContinualMetric& Intransigence() {
  static const ContinualMetric metric = {
      .name = "intransigence",
      .formula =
          "mean over k of r_{k,k} - a_{k,k}, r the accuracies of a reference: of the "
          "strategy cumulative, which has the experiences up to k, or of joint, which has "
          "also those after it",
      .source = "Chaudhry et al. 2018, whose reference is cumulative's",
      .higher_is_better = false,
      .lacking = "no reference of this stream, or an accuracy just after learning is not known",
      .value = &BelowReference};
  return metric;
}

Metric Evaluate(const ContinualMetric& metric, const StreamRecords& records) {
  Metric evaluated{.higher_is_better = metric.higher_is_better,
                   .unit = "fraction",
                   .definition = metric.Definition()};
  if (Size(records.accuracy) < metric.least) {
    evaluated.reason = "the stream has one experience";
  } else if (const double value = metric.value(records); std::isnan(value)) {
    evaluated.reason = metric.lacking;
  } else {
    evaluated.value = value;
  }
  return evaluated;
}

std::vector<double> AccuracySoFar(const AccuracyMatrix& rows) {
  std::vector<double> accuracies;
  for (std::size_t k = 0; k < Size(rows); ++k)
    accuracies.push_back(MeanOver(0, k + 1, [&](std::size_t j) { return After(rows, k, j); }));
  return accuracies;
}

Anytime AnytimeOf(const AccuracyMatrix& rows, const std::vector<std::size_t>& now) {
  Anytime anytime;
  const std::size_t experiences = rows.empty() ? 0 : rows.front().size();
  anytime.least.assign(experiences == 0 ? 0 : experiences - 1, kUnknown);
  std::vector<double> so_far;
  for (std::size_t look = 0; look < rows.size(); ++look) {
    const std::vector<double>& row = rows[look];
    const std::size_t current = now[look];
    for (std::size_t j = 0; j < current; ++j)
      anytime.least[j] = std::fmin(anytime.least[j], row[j]);  // of a NaN and a number the number
    double sum = row[current];
    for (std::size_t j = 0; j < current; ++j) sum += anytime.least[j];
    anytime.worst_case.push_back(sum / static_cast<double>(current + 1));
    so_far.push_back(MeanOver(0, current + 1, [&](std::size_t j) { return row[j]; }));
  }
  if (!so_far.empty()) anytime.average = Mean(so_far);
  return anytime;
}

std::pair<std::vector<double>, std::vector<double>> WindowedChanges(
    const AccuracyMatrix& rows, const std::vector<std::size_t>& now, std::size_t window) {
  const std::size_t experiences = rows.empty() ? 0 : rows.front().size();
  std::vector<double> falls(experiences), rises(experiences);
  for (std::size_t j = 0; j < experiences; ++j) {
    std::vector<double> seen;
    for (std::size_t look = 0; look < rows.size(); ++look)
      if (now[look] >= j) seen.push_back(rows[look][j]);
    for (std::size_t l = 0; l < seen.size(); ++l) {
      for (std::size_t i = l + 1 > window ? l + 1 - window : 0; i < l; ++i) {
        falls[j] = std::max(falls[j], seen[i] - seen[l]);
        rises[j] = std::max(rises[j], seen[l] - seen[i]);
      }
    }
  }
  return {falls, rises};
}

}  // namespace plasticity
