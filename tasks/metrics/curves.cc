#include "tasks/metrics/curves.h"

#include <cmath>

namespace plasticity {

std::optional<double> MeanHeight(const std::vector<double>& x, const std::vector<double>& y) {
  if (x.empty() || !(x.back() > x.front())) return std::nullopt;
  double area = 0;
  for (std::size_t i = 1; i < x.size(); ++i) area += (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2;
  return area / (x.back() - x.front());
}

std::optional<double> MeanHeightOverDoublings(const std::vector<double>& x,
                                              const std::vector<double>& y) {
  std::vector<double> doublings;
  for (const double value : x) doublings.push_back(std::log2(value));
  return MeanHeight(doublings, y);
}

std::optional<double> Slope(const std::vector<double>& y) {
  if (y.size() < 2) return std::nullopt;
  const double middle = static_cast<double>(y.size() - 1) / 2;
  double along = 0, width = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double x = static_cast<double>(i) - middle;
    along += x * y[i];
    width += x * x;
  }
  return along / width;
}

}  // namespace plasticity
