#include "reports/statistics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "reports/statistics/distributions.h"
#include "reports/statistics/summary.h"
#include "suite/base/error.h"

namespace plasticity {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<double> Taken(const std::vector<double>& sample, const std::vector<int>& indices) {
  std::vector<double> taken;
  taken.reserve(indices.size());
  for (const int index : indices) taken.push_back(sample.at(static_cast<std::size_t>(index)));
  return taken;
}

// Sums of the jackknife's influence values of one sample, for the acceleration.
struct Influence {
  double cubes = 0;    // sum U^3 / n^3
  double squares = 0;  // sum U^2 / n^2
};

Influence JackknifeOf(const std::vector<double>& sample, const Statistic& statistic) {
  const double n = static_cast<double>(sample.size());
  std::vector<double> left_out;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    std::vector<double> rest = sample;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
    left_out.push_back(statistic(rest));
  }
  const double mean = Mean(left_out);
  Influence influence;
  for (const double value : left_out) {
    const double u = (n - 1) * (mean - value);
    influence.cubes += u * u * u / (n * n * n);
    influence.squares += u * u / (n * n);
  }
  return influence;
}

// P(Z <= z).
double Below(double z) { return NormalTail(-z); }

// Which quantile of the replicates BCa takes for the normal quantile z.
double AlphaOf(const Bootstrap& bootstrap, double z) {
  const double sum = bootstrap.bias_correction + z;
  return Below(bootstrap.bias_correction + sum / (1 - bootstrap.acceleration * sum));
}

void Finish(Bootstrap& bootstrap, const Influence& influence, double level) {
  std::vector<double> sorted = bootstrap.replicates;
  std::sort(sorted.begin(), sorted.end());
  const double count = static_cast<double>(sorted.size());
  bootstrap.standard_error = SampleStandardDeviation(sorted);
  double below = 0;
  for (const double value : sorted) {
    below += value < bootstrap.estimate ? 1 : value == bootstrap.estimate ? 0.5 : 0;
  }
  bootstrap.share_below = below / count;
  const double tail = (1 - level) / 2;
  bootstrap.percentile_low = SortedQuantile(sorted, tail);
  bootstrap.percentile_high = SortedQuantile(sorted, 1 - tail);
  bootstrap.percentile_one_sided_low = SortedQuantile(sorted, 1 - level);
  bootstrap.basic_low = 2 * bootstrap.estimate - bootstrap.percentile_high;
  bootstrap.basic_high = 2 * bootstrap.estimate - bootstrap.percentile_low;
  const double infinite = std::numeric_limits<double>::infinity();
  bootstrap.bias_correction = bootstrap.share_below <= 0   ? -infinite
                              : bootstrap.share_below >= 1 ? infinite
                                                           : NormalQuantile(bootstrap.share_below);
  bootstrap.acceleration = influence.cubes / (6 * std::pow(influence.squares, 1.5));
  const double z = NormalQuantile(tail);
  bootstrap.alpha_low = AlphaOf(bootstrap, z);
  bootstrap.alpha_high = AlphaOf(bootstrap, -z);
  const auto quantile = [&](double alpha) {
    return std::isnan(alpha) ? kNan : SortedQuantile(sorted, alpha);
  };
  bootstrap.bca_low = quantile(bootstrap.alpha_low);
  bootstrap.bca_high = quantile(bootstrap.alpha_high);
  bootstrap.bca_one_sided_low = quantile(AlphaOf(bootstrap, NormalQuantile(1 - level)));
}

void CheckResamples(std::size_t draws, double level) {
  if (draws < 2) throw InputError("a bootstrap needs at least two resamples.");
  if (!(level > 0) || !(level < 1)) {
    throw InputError("a confidence level lies between 0 and 1, such as 0.95.");
  }
}

}  // namespace

std::vector<std::vector<int>> ResampleIndices(int size, int draws, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::vector<int>> indices(static_cast<std::size_t>(draws));
  for (auto& draw : indices) {
    for (int i = 0; i < size; ++i) {
      draw.push_back(static_cast<int>(random() % static_cast<std::uint64_t>(size)));
    }
  }
  return indices;
}

Bootstrap BootstrapOf(const std::vector<double>& sample, const Statistic& statistic,
                      const std::vector<std::vector<int>>& indices, double level) {
  CheckResamples(indices.size(), level);
  Bootstrap bootstrap;
  bootstrap.estimate = statistic(sample);
  for (const auto& draw : indices) bootstrap.replicates.push_back(statistic(Taken(sample, draw)));
  Finish(bootstrap, JackknifeOf(sample, statistic), level);
  return bootstrap;
}

Bootstrap BootstrapDifference(const std::vector<double>& x, const std::vector<double>& y,
                              const Statistic& statistic,
                              const std::vector<std::vector<int>>& indices_x,
                              const std::vector<std::vector<int>>& indices_y, double level) {
  CheckResamples(indices_x.size(), level);
  if (indices_x.size() != indices_y.size()) throw InputError("resamples differ in number.");
  Bootstrap bootstrap;
  bootstrap.estimate = statistic(x) - statistic(y);
  for (std::size_t i = 0; i < indices_x.size(); ++i) {
    bootstrap.replicates.push_back(statistic(Taken(x, indices_x[i])) -
                                   statistic(Taken(y, indices_y[i])));
  }
  const auto negative = [&](const std::vector<double>& values) { return -statistic(values); };
  const Influence of_x = JackknifeOf(x, statistic), of_y = JackknifeOf(y, negative);
  Finish(bootstrap, {of_x.cubes + of_y.cubes, of_x.squares + of_y.squares}, level);
  return bootstrap;
}

StratifiedIndices StratifiedResamples(int runs, int tasks, int draws, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  StratifiedIndices indices(static_cast<std::size_t>(draws));
  for (auto& draw : indices) {
    draw.assign(static_cast<std::size_t>(runs), {});
    for (auto& run : draw) {
      for (int task = 0; task < tasks; ++task) {
        run.push_back(static_cast<int>(random() % static_cast<std::uint64_t>(runs)));
      }
    }
  }
  return indices;
}

RunsByTask Resampled(const RunsByTask& scores, const std::vector<std::vector<int>>& indices) {
  RunsByTask resampled;
  for (const auto& run : indices) {
    resampled.emplace_back();
    for (std::size_t task = 0; task < run.size(); ++task) {
      resampled.back().push_back(scores.at(static_cast<std::size_t>(run[task])).at(task));
    }
  }
  return resampled;
}

std::vector<double> Flattened(const RunsByTask& scores) {
  std::vector<double> all;
  for (const auto& run : scores) all.insert(all.end(), run.begin(), run.end());
  return all;
}

std::vector<double> TaskMeans(const RunsByTask& scores) {
  std::vector<double> means;
  for (std::size_t task = 0; task < scores.at(0).size(); ++task) {
    std::vector<double> runs;
    for (const auto& run : scores) runs.push_back(run.at(task));
    means.push_back(Mean(runs));
  }
  return means;
}

double MeanProbabilityOfImprovement(const RunsByTask& x, const RunsByTask& y) {
  std::vector<double> tasks;
  for (std::size_t task = 0; task < x.at(0).size(); ++task) {
    std::vector<double> of_x, of_y;
    for (const auto& run : x) of_x.push_back(run.at(task));
    for (const auto& run : y) of_y.push_back(run.at(task));
    tasks.push_back(ProbabilityOfImprovement(of_x, of_y));
  }
  return Mean(tasks);
}

Interval PercentileInterval(std::vector<double> replicates, double level) {
  if (replicates.empty()) throw InputError("an interval needs replicates.");
  std::sort(replicates.begin(), replicates.end());
  return {SortedQuantile(replicates, (1 - level) / 2), SortedQuantile(replicates, (1 + level) / 2)};
}

Interval AccuracyDifference(const std::vector<bool>& a_right, const std::vector<bool>& b_right,
                            int draws, double level) {
  if (a_right.empty() || a_right.size() != b_right.size()) {
    throw InputError("a paired bootstrap needs the same images on both sides.");
  }
  // A resample is a draw of how many images are a's alone, b's alone, or neither's alone: the same
  // as drawing image by image.
  const auto n = static_cast<double>(a_right.size());
  double only_a = 0, only_b = 0;
  for (std::size_t i = 0; i < a_right.size(); ++i) {
    only_a += a_right[i] && !b_right[i];
    only_b += b_right[i] && !a_right[i];
  }
  std::mt19937_64 random(1);
  std::vector<double> replicates;
  for (int draw = 0; draw < draws; ++draw) {
    const auto images = static_cast<int>(a_right.size());
    const int a = std::binomial_distribution<int>(images, only_a / n)(random);
    const double share = only_a == n ? 0 : std::min(1.0, only_b / (n - only_a));
    const int b = std::binomial_distribution<int>(images - a, share)(random);
    replicates.push_back((a - b) / n);
  }
  return PercentileInterval(std::move(replicates), level);
}

}  // namespace plasticity
