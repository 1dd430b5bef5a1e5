#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace plasticity {

/// A statistic of a sample.
using Statistic = std::function<double(const std::vector<double>&)>;

/// `draws` resamples of `size` indices with replacement, from `seed` alone.
std::vector<std::vector<int>> ResampleIndices(int size, int draws, std::uint64_t seed);

/// What a bootstrap found (Efron & Tibshirani 1993; BCa: Efron 1987). BCa's values are not numbers
/// for constant data.
struct Bootstrap {
  double estimate = 0;             ///< of the data themselves
  std::vector<double> replicates;  ///< by resample
  double standard_error = 0;       ///< their sample standard deviation
  double share_below = 0;          ///< of replicates below the estimate, equal ones by half
  double bias_correction = 0;      ///< z0
  double acceleration = 0;         ///< a, by the jackknife
  double alpha_low = 0;            ///< which quantiles BCa's ends are
  double alpha_high = 0;
  double percentile_low = 0, percentile_high = 0;
  double basic_low = 0, basic_high = 0;
  double bca_low = 0, bca_high = 0;
  double percentile_one_sided_low = 0;  ///< lower end of the interval that is open above
  double bca_one_sided_low = 0;
};

/// `statistic` of one sample; `indices` name the resamples.
Bootstrap BootstrapOf(const std::vector<double>& sample, const Statistic& statistic,
                      const std::vector<std::vector<int>>& indices, double level = 0.95);

/// `statistic(x) - statistic(y)` of two independent samples, resampled each by its own indices.
Bootstrap BootstrapDifference(const std::vector<double>& x, const std::vector<double>& y,
                              const Statistic& statistic,
                              const std::vector<std::vector<int>>& indices_x,
                              const std::vector<std::vector<int>>& indices_y, double level = 0.95);

/// Scores by run and task: [run][task].
using RunsByTask = std::vector<std::vector<double>>;

/// Which run stands in for each run of each task, by resample: [draw][run][task].
using StratifiedIndices = std::vector<std::vector<std::vector<int>>>;

/// `draws` resamples of runs, redrawn for every task (Agarwal et al. 2021), from `seed` alone.
StratifiedIndices StratifiedResamples(int runs, int tasks, int draws, std::uint64_t seed);

/// The scores of one resample.
RunsByTask Resampled(const RunsByTask& scores, const std::vector<std::vector<int>>& indices);

/// All scores, whatever run and task.
std::vector<double> Flattened(const RunsByTask& scores);

/// Each task's mean over the runs.
std::vector<double> TaskMeans(const RunsByTask& scores);

/// The mean over tasks of each task's ProbabilityOfImprovement of x over y.
double MeanProbabilityOfImprovement(const RunsByTask& x, const RunsByTask& y);

/// The percentile interval of a statistic over replicates.
struct Interval {
  double low = 0;
  double high = 0;
};
Interval PercentileInterval(std::vector<double> replicates, double level = 0.95);

/// The paired bootstrap of the difference of two classifiers' accuracies on the same images: its
/// percentile interval over `draws` resamples of images.
Interval AccuracyDifference(const std::vector<bool>& a_right, const std::vector<bool>& b_right,
                            int draws = 10'000, double level = 0.95);

}  // namespace plasticity
