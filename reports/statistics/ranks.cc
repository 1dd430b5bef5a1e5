#include "reports/statistics/ranks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "reports/statistics/distributions.h"
#include "suite/base/error.h"

namespace plasticity {
namespace {

void Check(const ScoreTable& scores) {
  if (scores.empty() || scores.front().size() < 2) {
    throw InputError("ranks need at least one row and two methods.");
  }
  for (const auto& row : scores) {
    if (row.size() != scores.front().size()) throw InputError("rows of scores differ in length.");
  }
}

// Ranks within the row, 1 for the best.
std::vector<double> RowRanks(const std::vector<double>& row) {
  std::vector<double> negative;
  for (const double score : row) negative.push_back(-score);
  return MeanRanks(negative);
}

double FisherOf(double chi_squared, double rows, double methods) {
  const double rest = rows * (methods - 1) - chi_squared;
  const bool perfect = rest <= 1e-9 * rows * (methods - 1);
  return perfect ? std::numeric_limits<double>::infinity() : (rows - 1) * chi_squared / rest;
}

double RankError(int methods, int rows) {
  const double k = methods;
  return std::sqrt(k * (k + 1) / (6.0 * rows));
}

}  // namespace

std::vector<double> MeanRanks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]]) ++last;
    for (std::size_t i = first; i <= last; ++i) {
      ranks[order[i]] = 1 + 0.5 * static_cast<double>(first + last);
    }
    first = last + 1;
  }
  return ranks;
}

std::vector<double> AverageRanks(const ScoreTable& scores) {
  Check(scores);
  std::vector<double> sums(scores.front().size());
  for (const auto& row : scores) {
    const std::vector<double> ranks = RowRanks(row);
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += ranks[i];
  }
  for (double& sum : sums) sum /= static_cast<double>(scores.size());
  return sums;
}

Friedman FriedmanTest(const ScoreTable& scores) {
  const std::vector<double> average = AverageRanks(scores);
  const double n = static_cast<double>(scores.size());
  const double k = static_cast<double>(average.size());
  double squares = 0;
  for (const double rank : average) squares += rank * rank;
  double ties = 0;  // sum of t^3 - t over runs of equal scores
  for (const auto& row : scores) {
    std::vector<double> sorted = row;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t first = 0; first < sorted.size();) {
      std::size_t last = first;
      while (last < sorted.size() && sorted[last] == sorted[first]) ++last;
      const double t = static_cast<double>(last - first);
      ties += t * t * t - t;
      first = last;
    }
  }
  Friedman test;
  test.numerator = k - 1;
  test.denominator = (k - 1) * (n - 1);
  test.chi_squared_uncorrected =
      std::max(0.0, 12 * n / (k * (k + 1)) * (squares - k * (k + 1) * (k + 1) / 4));
  test.chi_squared = test.chi_squared_uncorrected / (1 - ties / (n * k * (k * k - 1)));
  test.f_uncorrected = FisherOf(test.chi_squared_uncorrected, n, k);
  test.p_f_uncorrected = FisherTail(test.f_uncorrected, test.numerator, test.denominator);
  if (std::isnan(test.chi_squared)) {  // no row tells any methods apart
    test.p_chi_squared = test.f = test.p_f = test.chi_squared;
    return test;
  }
  test.p_chi_squared = ChiSquaredTail(test.chi_squared, test.numerator);
  test.f = FisherOf(test.chi_squared, n, k);
  test.p_f = FisherTail(test.f, test.numerator, test.denominator);
  return test;
}

double CriticalDifference(int methods, int rows, double level) {
  return StudentizedRangeQuantile(1 - level, methods) / std::sqrt(2.0) * RankError(methods, rows);
}

std::vector<std::vector<double>> NemenyiP(const std::vector<double>& average_ranks, int rows) {
  const auto k = static_cast<int>(average_ranks.size());
  std::vector<std::vector<double>> p(average_ranks.size(),
                                     std::vector<double>(average_ranks.size(), 1.0));
  for (std::size_t i = 0; i < p.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const double q = std::abs(average_ranks[i] - average_ranks[j]) / RankError(k, rows);
      p[i][j] = p[j][i] = StudentizedRangeTail(q * std::sqrt(2.0), k);
    }
  }
  return p;
}

std::vector<std::pair<int, int>> RankGroups(std::vector<double> average_ranks, double difference) {
  std::sort(average_ranks.begin(), average_ranks.end());
  const auto count = static_cast<int>(average_ranks.size());
  std::vector<std::pair<int, int>> groups;
  int reached = 0;
  for (int first = 0; first < count; ++first) {
    int last = first;
    const auto rank = [&](int place) { return average_ranks[static_cast<std::size_t>(place)]; };
    while (last + 1 < count && rank(last + 1) - rank(first) <= difference) ++last;
    if (last > first && last > reached) groups.emplace_back(first, last);
    reached = std::max(reached, last);
  }
  return groups;
}

}  // namespace plasticity
