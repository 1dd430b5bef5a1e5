#pragma once

#include <string>

#include "reports/figure.h"

namespace plasticity {

/// The figure's curves as an HTML figure: an SVG element, the caption and the key, without scripts,
/// in the colours of the page's style sheet, so that it is light or dark as the page is. Intervals,
/// marks and matrices are not drawn: that is a plotter's. A value that is not finite lifts the pen.
/// "" where there are not two places along x, or no finite value.
std::string InlineSvg(const Figure& figure);

}  // namespace plasticity
