#pragma once

#include <vector>

namespace plasticity {

/// Where the next value of a series is to be expected, by its earlier ones: a one-sided Student
/// prediction bound at `level` on either side. Of a constant series it is that value alone.
struct PredictionBand {
  double mean = 0;
  double sd = 0;              ///< sample standard deviation
  double standard_error = 0;  ///< of a prediction: sd sqrt(1 + 1 / n)
  double low = 0;
  double high = 0;
  double degrees_of_freedom = 0;

  bool Below(double value) const { return value < low; }
  bool Above(double value) const { return value > high; }
  /// P(T < t) of a new value: small where it is far below. Not a number for a constant series.
  double PBelow(double value) const;
};

/// Throws InputError for fewer than two values, or a level outside (0, 1).
PredictionBand BandOf(const std::vector<double>& history, double level = 0.95);

/// The same about a straight line through the series, by least squares over its places 0, 1, ...;
/// `mean` is the line's value at the next one.
struct Trend {
  double slope = 0;
  double intercept = 0;
  PredictionBand band;
};

/// Throws InputError for fewer than three values.
Trend TrendOf(const std::vector<double>& history, double level = 0.95);

}  // namespace plasticity
