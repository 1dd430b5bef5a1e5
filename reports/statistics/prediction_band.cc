#include "reports/statistics/prediction_band.h"

#include <cmath>

#include "reports/statistics/distributions.h"
#include "reports/statistics/summary.h"
#include "suite/base/error.h"

namespace plasticity {
namespace {

void SetBounds(PredictionBand& band, double level) {
  const double halfwidth = StudentQuantile(level, band.degrees_of_freedom) * band.standard_error;
  band.low = band.mean - halfwidth;
  band.high = band.mean + halfwidth;
}

}  // namespace

double PredictionBand::PBelow(double value) const {
  const double t = (value - mean) / standard_error;
  return std::isnan(t) ? t : StudentTail(-t, degrees_of_freedom);
}

PredictionBand BandOf(const std::vector<double>& history, double level) {
  PredictionBand band;
  const double n = static_cast<double>(history.size());
  band.sd = SampleStandardDeviation(history);
  band.mean = Mean(history);
  band.standard_error = band.sd * std::sqrt(1 + 1 / n);
  band.degrees_of_freedom = n - 1;
  SetBounds(band, level);
  return band;
}

Trend TrendOf(const std::vector<double>& history, double level) {
  if (history.size() < 3) throw InputError("a trend needs at least three values.");
  const double n = static_cast<double>(history.size());
  const double middle = (n - 1) / 2;
  const double mean = Mean(history);
  double xx = 0, xy = 0;
  for (std::size_t i = 0; i < history.size(); ++i) {
    const double x = static_cast<double>(i) - middle;
    xx += x * x;
    xy += x * (history[i] - mean);
  }
  Trend trend;
  trend.slope = xy / xx;
  trend.intercept = mean - trend.slope * middle;
  double squares = 0;
  for (std::size_t i = 0; i < history.size(); ++i) {
    const double off = history[i] - mean - trend.slope * (static_cast<double>(i) - middle);
    squares += off * off;
  }
  PredictionBand& band = trend.band;
  band.degrees_of_freedom = n - 2;
  band.sd = std::sqrt(squares / (n - 2));
  band.mean = mean + trend.slope * (n - middle);
  band.standard_error = band.sd * std::sqrt(1 + 1 / n + (n - middle) * (n - middle) / xx);
  SetBounds(band, level);
  return trend;
}

}  // namespace plasticity
