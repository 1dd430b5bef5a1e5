#include "tests/golden/statistics_cases.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "reports/statistics/bayes.h"
#include "reports/statistics/bootstrap.h"
#include "reports/statistics/distributions.h"
#include "reports/statistics/effect_size.h"
#include "reports/statistics/family.h"
#include "reports/statistics/paired.h"
#include "reports/statistics/prediction_band.h"
#include "reports/statistics/ranks.h"
#include "reports/statistics/summary.h"

namespace plasticity {
namespace {

using Values = std::vector<double>;

Values ValuesIn(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.to(at::kDouble).contiguous().flatten();
  const double* data = flat.const_data_ptr<double>();
  return {data, data + flat.numel()};
}

std::vector<Values> RowsIn(const at::Tensor& tensor) {
  std::vector<Values> rows;
  for (std::int64_t i = 0; i < tensor.size(0); ++i) rows.push_back(ValuesIn(tensor[i]));
  return rows;
}

std::vector<int> IndicesIn(const at::Tensor& tensor) {
  std::vector<int> indices;
  for (const double value : ValuesIn(tensor)) indices.push_back(static_cast<int>(value));
  return indices;
}

std::vector<std::vector<int>> IndexRowsIn(const at::Tensor& tensor) {
  std::vector<std::vector<int>> rows;
  for (std::int64_t i = 0; i < tensor.size(0); ++i) rows.push_back(IndicesIn(tensor[i]));
  return rows;
}

at::Tensor Vector(const Values& values) { return at::tensor(values, at::kDouble); }

at::Tensor Vector(const Practical& p) { return Vector(Values{p.left, p.equal, p.right}); }

at::Tensor Matrix(const std::vector<Values>& rows) {
  std::vector<at::Tensor> tensors;
  for (const Values& row : rows) tensors.push_back(Vector(row));
  return tensors.empty() ? at::empty({0, 2}, at::kDouble) : at::stack(tensors);
}

Values DifferencesIn(const Case& given, const std::string& x, const std::string& y) {
  return Differences(ValuesIn(given.Input(x)), ValuesIn(given.Input(y)));
}

// The two digits that end names which begin with `stem`: {"05", "10"} of q_05 and q_10.
std::set<std::string> EndingsOf(const Case& given, const std::string& stem) {
  std::set<std::string> endings;
  for (const auto& [name, value] : given.expected) {
    const bool fits = name.size() == stem.size() + 2 && name.rfind(stem, 0) == 0;
    if (fits && std::isdigit(name[stem.size()]) != 0) endings.insert(name.substr(stem.size()));
  }
  return endings;
}

double InPercent(const std::string& digits) { return std::stod(digits) / 100; }

// A statistic of every resample of runs by task.
template <typename Statistic>
Values Replicates(const StratifiedIndices& indices, const Statistic& statistic) {
  Values replicates;
  for (const auto& draw : indices) replicates.push_back(statistic(draw));
  return replicates;
}

StratifiedIndices StratifiedIn(const at::Tensor& tensor) {
  StratifiedIndices indices;
  for (std::int64_t i = 0; i < tensor.size(0); ++i) indices.push_back(IndexRowsIn(tensor[i]));
  return indices;
}

}  // namespace

Tensors StudentIntervals(const Case& given) {
  const Values values = ValuesIn(given.Input("x"));
  const StudentInterval any = ConfidenceInterval(values);
  Tensors computed = {{"mean", Scalar(any.mean)}, {"sd", Scalar(any.sd)}, {"sem", Scalar(any.sem)}};
  for (const auto& [name, value] : given.expected) {  // "t_95": of the 95 % interval
    const std::size_t underscore = name.rfind('_');
    if (underscore == std::string::npos) continue;
    const std::string what = name.substr(0, underscore);
    const double percent = std::strtod(name.c_str() + underscore + 1, nullptr);
    if ((what != "t" && what != "halfwidth") || !(percent > 0 && percent < 100)) continue;
    const StudentInterval interval = ConfidenceInterval(values, percent / 100);
    computed[name] = Scalar(what == "t" ? interval.t : interval.halfwidth);
  }
  return computed;
}

Tensors PairedTCase(const Case& given) {
  const PairedT test = PairedTTest(DifferencesIn(given, "x", "y"));
  return {{"t", Scalar(test.t)},
          {"p_value", Scalar(test.p)},
          {"cohen_dz", Scalar(test.cohen_dz)},
          {"holm", Vector(Adjusted(ValuesIn(given.Input("p"))))}};
}

Tensors HolmFamilyCase(const Case& given) {
  const Values p = ValuesIn(given.Input("p"));
  const double alpha = given.Param<double>("alpha");
  Tensors computed;
  for (const auto& [name, how] : {std::pair{"holm", Adjustment::kHolm},
                                  {"bonferroni", Adjustment::kBonferroni},
                                  {"holm_sidak", Adjustment::kHolmSidak},
                                  {"simes_hochberg", Adjustment::kHochberg},
                                  {"hommel", Adjustment::kHommel},
                                  {"fdr_bh", Adjustment::kFalseDiscovery}}) {
    const Values adjusted = Adjusted(p, how);
    computed[name] = Vector(adjusted);
    computed[std::string("reject_") + name] =
        Vector(adjusted).le(alpha * (1 + 1e-12)).to(at::kDouble);
  }
  return computed;
}

Tensors WilcoxonCase(const Case& given) {
  const SignedRank test = WilcoxonTest(DifferencesIn(given, "x", "y"));
  return {{"p_two_sided", Scalar(test.p.two_sided)},
          {"p_greater", Scalar(test.p.greater)},
          {"p_less", Scalar(test.p.less)},
          {"p_two_sided_normal_approx", Scalar(test.p_normal)},
          {"W_two_sided", Scalar(std::min(test.ranks_above, test.ranks_below))},
          {"W_greater", Scalar(test.ranks_above)},
          {"W_less", Scalar(test.ranks_above)},
          {"r_plus", Scalar(test.ranks_above)},
          {"r_minus", Scalar(test.ranks_below)}};
}

Tensors SignFlipCase(const Case& given) {
  const Values differences = DifferencesIn(given, "x", "y");
  const PValues p = SignFlipTest(differences);
  const double all = std::ldexp(1.0, static_cast<int>(differences.size()));
  return {{"mean_diff", Scalar(Mean(differences))}, {"p_two_sided", Scalar(p.two_sided)},
          {"p_greater", Scalar(p.greater)},         {"p_less", Scalar(p.less)},
          {"n_assignments", Scalar(all)},           {"n_two_sided", Scalar(p.two_sided * all)}};
}

Tensors McNemarCase(const Case& given) {
  const auto right = [&](const char* name) {
    std::vector<bool> right;
    for (const double value : ValuesIn(given.Input(name))) right.push_back(value != 0);
    return right;
  };
  const McNemar test = McNemarTest(right("a"), right("b"));
  return {{"table_a_rows_b_cols", Vector(Values{double(test.neither), double(test.only_b),
                                                double(test.only_a), double(test.both)})},
          {"n_a_only", Scalar(test.only_a)},
          {"n_b_only", Scalar(test.only_b)},
          {"statistic_exact", Scalar(std::min(test.only_a, test.only_b))},
          {"p_exact", Scalar(test.p_exact)},
          {"p_midp", Scalar(test.p_mid)},
          {"chi2_corrected", Scalar(test.chi_squared_corrected)},
          {"p_chi2_corrected", Scalar(test.p_chi_squared_corrected)},
          {"chi2_uncorrected", Scalar(test.chi_squared)},
          {"p_chi2_uncorrected", Scalar(test.p_chi_squared)}};
}

Tensors BootstrapCase(const Case& given) {
  const auto statistic = given.Param<std::string>("stat");
  const double level = given.Param<double>("level");
  const Values x = ValuesIn(given.Input("x"));
  const Statistic mean = [](const Values& values) { return Mean(values); };
  const Statistic median = [](const Values& values) { return Median(values); };
  Bootstrap found;
  if (statistic == "mean_diff_independent") {
    found =
        BootstrapDifference(x, ValuesIn(given.Input("y")), mean, IndexRowsIn(given.Input("idx_x")),
                            IndexRowsIn(given.Input("idx_y")), level);
  } else if (statistic == "mean" || statistic == "median") {
    found =
        BootstrapOf(x, statistic == "mean" ? mean : median, IndexRowsIn(given.Input("idx")), level);
  } else {
    throw Malformed("no statistic '" + statistic + "'");
  }
  return {{"theta_hat", Scalar(found.estimate)},
          {"theta_b", Vector(found.replicates)},
          {"se", Scalar(found.standard_error)},
          {"frac_below_mid", Scalar(found.share_below)},
          {"z0", Scalar(found.bias_correction)},
          {"a_hat", Scalar(found.acceleration)},
          {"alpha_1", Scalar(found.alpha_low)},
          {"alpha_2", Scalar(found.alpha_high)},
          {"percentile_low", Scalar(found.percentile_low)},
          {"percentile_high", Scalar(found.percentile_high)},
          {"basic_low", Scalar(found.basic_low)},
          {"basic_high", Scalar(found.basic_high)},
          {"bca_low", Scalar(found.bca_low)},
          {"bca_high", Scalar(found.bca_high)},
          {"percentile_one_sided_low", Scalar(found.percentile_one_sided_low)},
          {"bca_one_sided_low", Scalar(found.bca_one_sided_low)}};
}

Tensors InterquartileCase(const Case& given) {
  Tensors computed;
  if (given.inputs.contains("x")) {
    const Values x = ValuesIn(given.Input("x"));
    Values iqm, trimmed, kept;
    for (std::size_t k = 1; k <= x.size(); ++k) {
      const Values first(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(k));
      iqm.push_back(InterquartileMean(first));
      trimmed.push_back(TrimmedMean(first, 0.1));
      kept.push_back(static_cast<double>(k - 2 * (k / 4)));
    }
    return {{"iqm_of_prefix", Vector(iqm)},
            {"trim10_of_prefix", Vector(trimmed)},
            {"n_kept", Vector(kept)}};
  }
  const RunsByTask x = RowsIn(given.Input("X")), y = RowsIn(given.Input("Y"));
  const StratifiedIndices of_x = StratifiedIn(given.Input("idx_x"));
  const StratifiedIndices of_y = StratifiedIn(given.Input("idx_y"));
  const double goal = given.Param<double>("gamma"), level = given.Param<double>("level");
  const std::vector<std::function<double(const RunsByTask&)>> statistics = {
      [](const RunsByTask& scores) { return Mean(Flattened(scores)); },
      [](const RunsByTask& scores) { return Median(TaskMeans(scores)); },
      [](const RunsByTask& scores) { return InterquartileMean(Flattened(scores)); },
      [&](const RunsByTask& scores) { return OptimalityGap(Flattened(scores), goal); }};
  Values estimates, low, high;
  for (const auto& statistic : statistics) {
    estimates.push_back(statistic(x));
    const Interval interval = PercentileInterval(
        Replicates(of_x, [&](const auto& draw) { return statistic(Resampled(x, draw)); }), level);
    low.push_back(interval.low);
    high.push_back(interval.high);
  }
  Values improvements;
  for (std::size_t i = 0; i < of_x.size(); ++i) {
    improvements.push_back(
        MeanProbabilityOfImprovement(Resampled(x, of_x[i]), Resampled(y, of_y[i])));
  }
  const Interval improvement = PercentileInterval(improvements, level);
  Values profile, profile_low, profile_high, of_means;
  for (const double tau : ValuesIn(given.Input("taus"))) {
    profile.push_back(ShareAbove(Flattened(x), tau));
    of_means.push_back(ShareAbove(TaskMeans(x), tau));
    const Interval interval = PercentileInterval(
        Replicates(of_x,
                   [&](const auto& d) { return ShareAbove(Flattened(Resampled(x, d)), tau); }),
        level);
    profile_low.push_back(interval.low);
    profile_high.push_back(interval.high);
  }
  return {
      {"mean", Scalar(estimates[0])},
      {"median_of_task_means", Scalar(estimates[1])},
      {"iqm", Scalar(estimates[2])},
      {"optimality_gap", Scalar(estimates[3])},
      {"ci_low", Vector(low)},
      {"ci_high", Vector(high)},
      {"iqm_b", Vector(Replicates(
                    of_x, [&](const auto& draw) { return statistics[2](Resampled(x, draw)); }))},
      {"prob_improvement", Scalar(MeanProbabilityOfImprovement(x, y))},
      {"prob_improvement_ci", Vector(Values{improvement.low, improvement.high})},
      {"profile", Vector(profile)},
      {"profile_ci_low", Vector(profile_low)},
      {"profile_ci_high", Vector(profile_high)},
      {"profile_of_task_means", Vector(of_means)}};
}

Tensors TostCase(const Case& given) {
  const Values differences = DifferencesIn(given, "x", "y");
  const Values margins = ValuesIn(given.Input("margins"));
  const Equivalence test = EquivalenceTest(differences, margins.at(0), margins.at(1));
  return {{"p", Scalar(test.p)},
          {"t_low", Scalar(test.t_low)},
          {"p_low", Scalar(test.p_low)},
          {"t_upp", Scalar(test.t_high)},
          {"p_upp", Scalar(test.p_high)},
          {"df", Scalar(static_cast<double>(differences.size()) - 1)},
          {"ci90_low", Scalar(test.interval_low)},
          {"ci90_upp", Scalar(test.interval_high)},
          {"equivalent_05", Scalar(std::isnan(test.p) ? -1
                                   : test.p < 0.05    ? 1
                                                      : 0)}};
}

Tensors BayesSignedRankCase(const Case& given) {
  const Values differences = DifferencesIn(given, "y", "x");
  const double rope = given.Param<double>("rope"), prior = given.Param<double>("prior");
  std::vector<Values> theta;
  for (const Values& weights : RowsIn(given.Input("W"))) {
    const Practical shares = SignedRankShares(differences, rope, weights);
    theta.push_back({shares.left, shares.equal, shares.right});
  }
  const double n = static_cast<double>(differences.size()) + 1;
  const Practical all = SignedRankShares(differences, rope, Values(differences.size() + 1, 1.0));
  const auto [left, equal, right] = SignTestPosterior(differences, rope);
  return {{"theta", Matrix(theta)},
          {"mean_theta", Vector(SignedRankMean(differences, rope, prior))},
          {"count_above", Scalar(all.right)},
          {"count_below", Scalar(rope == 0 ? n * n - all.right : all.left)},
          {"probs", Vector(SignedRankTest(differences, rope, prior))},
          {"sign_test_alpha", Vector(Values{left, equal, right})}};
}

Tensors BayesCorrelatedCase(const Case& given) {
  const CorrelatedT test = CorrelatedTTest(DifferencesIn(given, "y", "x"),
                                           given.Param<double>("rope"), given.Param<int>("runs"));
  return {{"mean", Scalar(test.mean)},
          {"scale", Scalar(test.scale)},
          {"df", Scalar(test.degrees_of_freedom)},
          {"p_left", Scalar(test.p.left)},
          {"p_right", Scalar(test.p.right)},
          {"p_rope", Scalar(test.p.equal)}};
}

Tensors ImanDavenportCase(const Case& given) {
  const ScoreTable scores = RowsIn(given.Input("A"));
  const Friedman test = FriedmanTest(scores);
  const double n = static_cast<double>(scores.size());
  const double fractional = test.numerator - 2 / n;  // pingouin's degrees of freedom
  return {{"kendall_W_tie_corrected", Scalar(test.chi_squared / (n * test.numerator))},
          {"df1_kendall_w", Scalar(fractional)},
          {"df2_kendall_w", Scalar((n - 1) * fractional)},
          {"p_F_kendall_w_df", Scalar(fractional > 0 && !std::isnan(test.f)
                                          ? FisherTail(test.f, fractional, (n - 1) * fractional)
                                          : test.f)},
          {"chi2_tie_corrected", Scalar(test.chi_squared)},
          {"p_chi2_tie_corrected", Scalar(test.p_chi_squared)},
          {"chi2_uncorrected", Scalar(test.chi_squared_uncorrected)},
          {"avg_rank_best1", Vector(AverageRanks(scores))},
          {"F_tie_corrected", Scalar(test.f)},
          {"p_F_tie_corrected", Scalar(test.p_f)},
          {"F_uncorrected", Scalar(test.f_uncorrected)},
          {"p_F_uncorrected", Scalar(test.p_f_uncorrected)},
          {"df1", Scalar(test.numerator)},
          {"df2", Scalar(test.denominator)}};
}

Tensors FriedmanCase(const Case& given) {
  if (given.inputs.contains("k")) {
    Tensors table;
    for (const std::string& digits : EndingsOf(given, "q_")) {
      const double level = InPercent(digits);
      Values q;
      for (const double k : ValuesIn(given.Input("k"))) {
        q.push_back(StudentizedRangeQuantile(1 - level, static_cast<int>(k)) / std::sqrt(2.0));
      }
      table["q_" + digits] = Vector(q);
    }
    return table;
  }
  const ScoreTable scores = RowsIn(given.Input("A"));
  const Friedman test = FriedmanTest(scores);
  const auto rows = static_cast<int>(scores.size());
  const auto methods = static_cast<int>(scores.front().size());
  Tensors computed = {{"chi2", Scalar(test.chi_squared)},
                      {"p", Scalar(test.p_chi_squared)},
                      {"avg_rank_best1", Vector(AverageRanks(scores))},
                      {"chi2_no_tie_correction", Scalar(test.chi_squared_uncorrected)},
                      {"iman_davenport_F", Scalar(test.f_uncorrected)},
                      {"iman_davenport_p", Scalar(test.p_f_uncorrected)},
                      {"nemenyi_p", Matrix(NemenyiP(AverageRanks(scores), rows))}};
  for (const std::string& digits : EndingsOf(given, "nemenyi_cd_")) {
    const double level = InPercent(digits);
    computed["nemenyi_q_" + digits] =
        Scalar(StudentizedRangeQuantile(1 - level, methods) / std::sqrt(2.0));
    computed["nemenyi_cd_" + digits] = Scalar(CriticalDifference(methods, rows, level));
  }
  return computed;
}

Tensors CriticalDifferenceCase(const Case& given) {
  const ScoreTable scores = RowsIn(given.Input("A"));
  const Values ranks = AverageRanks(scores);
  const auto rows = static_cast<int>(scores.size());
  const auto methods = static_cast<int>(ranks.size());
  const at::Tensor each = Vector(ranks);
  const at::Tensor apart = (each.unsqueeze(0) - each.unsqueeze(1)).abs();
  const double k = methods;
  Tensors computed = {{"avg_rank_best1", each},
                      {"q_stat", apart / std::sqrt(k * (k + 1) / (6.0 * rows))},
                      {"nemenyi_p", Matrix(NemenyiP(ranks, rows))}};
  for (const std::string& digits : EndingsOf(given, "cd_")) {
    const std::string end = "_" + digits;
    const double level = InPercent(digits);
    const double difference = CriticalDifference(methods, rows, level);
    std::vector<Values> groups;
    for (const auto& [first, last] : RankGroups(ranks, difference)) {
      groups.push_back({static_cast<double>(first), static_cast<double>(last)});
    }
    computed["q" + end] = Scalar(StudentizedRangeQuantile(1 - level, methods) / std::sqrt(2.0));
    computed["cd" + end] = Scalar(difference);
    computed["groups" + end] = Matrix(groups);
    computed["differs" + end] = apart.gt(difference).to(at::kDouble);
  }
  return computed;
}

Tensors DistributionsCase(const Case& given) {
  // A function of one to three inputs, row by row.
  const auto rows = [&](const std::vector<std::string>& names, auto function) {
    std::vector<Values> inputs;
    for (const std::string& name : names) inputs.push_back(ValuesIn(given.Input(name)));
    Values outputs;
    for (std::size_t i = 0; i < inputs.front().size(); ++i) {
      outputs.push_back(function([&](std::size_t input) { return inputs[input][i]; }));
    }
    return Vector(outputs);
  };
  return {{"norm_sf", rows({"norm_sf_z"}, [](auto in) { return NormalTail(in(0)); })},
          {"norm_ppf", rows({"norm_ppf_p"}, [](auto in) { return NormalQuantile(in(0)); })},
          {"t_ppf",
           rows({"t_ppf_p", "t_ppf_df"}, [](auto in) { return StudentQuantile(in(0), in(1)); })},
          {"t_sf", rows({"t_sf_t", "t_sf_df"}, [](auto in) { return StudentTail(in(0), in(1)); })},
          {"f_sf", rows({"f_sf_F", "f_sf_d1", "f_sf_d2"},
                        [](auto in) { return FisherTail(in(0), in(1), in(2)); })},
          {"chi2_sf", rows({"chi2_sf_x", "chi2_sf_df"},
                           [](auto in) { return ChiSquaredTail(in(0), in(1)); })}};
}

Tensors EffectSizeCase(const Case& given) {
  const Values x = ValuesIn(given.Input("x")), y = ValuesIn(given.Input("y"));
  const BrunnerMunzel test = BrunnerMunzelTest(x, y);
  Tensors computed = {{"cliffs_delta", Scalar(CliffsDelta(x, y))},
                      {"a12", Scalar(ProbabilityOfImprovement(x, y))},
                      {"cohen_d", Scalar(CohensD(x, y))},
                      {"hedges_g", Scalar(HedgesG(x, y))},
                      {"brunner_munzel_w", Scalar(test.w)},
                      {"brunner_munzel_p_t", Scalar(test.p_t)},
                      {"brunner_munzel_p_normal", Scalar(test.p_normal)}};
  if (x.size() == y.size()) {
    const Values differences = Differences(x, y);
    computed["cohen_dz"] = Scalar(PairedTTest(differences).cohen_dz);
    computed["cohen_dav"] = Scalar(CohensDav(x, y));
    computed["rank_biserial"] = Scalar(RankBiserial(differences));
  }
  return computed;
}

Tensors PredictionBandCase(const Case& given) {
  const Values history = ValuesIn(given.Input("h")), fresh = ValuesIn(given.Input("new"));
  const PredictionBand any = BandOf(history);
  Tensors computed = {
      {"mean", Scalar(any.mean)}, {"sd", Scalar(any.sd)}, {"se_pred", Scalar(any.standard_error)}};
  for (const std::string& digits : EndingsOf(given, "lower_")) {
    const std::string end = "_" + digits;
    const double level = InPercent(digits);
    const PredictionBand band = BandOf(history, level), both = BandOf(history, (1 + level) / 2);
    Values below, above;
    for (const double value : fresh) {
      below.push_back(band.Below(value));
      above.push_back(band.Above(value));
    }
    computed["lower" + end] = Scalar(band.low);
    computed["upper" + end] = Scalar(band.high);
    computed["lower_two_sided" + end] = Scalar(both.low);
    computed["upper_two_sided" + end] = Scalar(both.high);
    computed["below" + end] = Vector(below);
    computed["above" + end] = Vector(above);
  }
  Values t, p;
  for (const double value : fresh) {
    t.push_back((value - any.mean) / any.standard_error);
    p.push_back(any.PBelow(value));
  }
  computed["t_new"] = Vector(t);
  computed["p_below"] = Vector(p);
  if (history.size() > 2) {
    const Trend trend = TrendOf(history);
    computed["trend_slope"] = Scalar(trend.slope);
    computed["trend_intercept"] = Scalar(trend.intercept);
    computed["trend_pred"] = Scalar(trend.band.mean);
    computed["trend_se_pred"] = Scalar(trend.band.standard_error);
    computed["trend_lower_95"] = Scalar(trend.band.low);
    computed["trend_upper_95"] = Scalar(trend.band.high);
  }
  return computed;
}

}  // namespace plasticity
