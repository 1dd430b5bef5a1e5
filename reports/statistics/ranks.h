#pragma once

#include <utility>
#include <vector>

namespace plasticity {

/// Ranks from 1 for the smallest; ties share the mean of their ranks.
std::vector<double> MeanRanks(const std::vector<double>& values);

/// One row for each data set (or data set and seed), one column for each method.
using ScoreTable = std::vector<std::vector<double>>;

/// Each method's mean rank over the rows, 1 for the best; higher scores are better. Throws
/// InputError for no rows, fewer than two methods, or rows of different length.
std::vector<double> AverageRanks(const ScoreTable& scores);

/// Friedman's test that all methods are alike, with Iman and Davenport's F (Friedman 1937; Iman &
/// Davenport 1980; Demsar 2006). Not a number where all scores of every row are equal.
struct Friedman {
  double chi_squared = 0;  ///< corrected for ties
  double p_chi_squared = 1;
  double chi_squared_uncorrected = 0;  ///< Demsar's formula
  double f = 0;                        ///< of the corrected one
  double p_f = 1;
  double f_uncorrected = 0;
  double p_f_uncorrected = 1;
  double numerator = 0;    ///< degrees of freedom, methods - 1
  double denominator = 0;  ///< (methods - 1) (rows - 1)
};
Friedman FriedmanTest(const ScoreTable& scores);

/// How far two mean ranks must be apart for Nemenyi's test to tell them apart (Nemenyi 1963; Demsar
/// 2006).
double CriticalDifference(int methods, int rows, double level = 0.05);

/// Nemenyi's p of each pair of methods, 1 on the diagonal.
std::vector<std::vector<double>> NemenyiP(const std::vector<double>& average_ranks, int rows);

/// The bars of a critical-difference diagram: first and last place, in the order of ascending mean
/// rank, of each longest run that lies within `difference`.
std::vector<std::pair<int, int>> RankGroups(std::vector<double> average_ranks, double difference);

}  // namespace plasticity
