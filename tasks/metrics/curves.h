#pragma once

#include <optional>
#include <vector>

namespace plasticity {

/// The area under y over x by trapezoids, divided by the width of x: the mean height. x ascends;
/// nothing where it has no width.
std::optional<double> MeanHeight(const std::vector<double>& x, const std::vector<double>& y);

/// The same over log2(x), x positive: every doubling counts the same.
std::optional<double> MeanHeightOverDoublings(const std::vector<double>& x,
                                              const std::vector<double>& y);

/// The slope of the straight line through y at 0, 1, 2, ..., by least squares; nothing where there
/// are fewer than two.
std::optional<double> Slope(const std::vector<double>& y);

}  // namespace plasticity
