#pragma once

#include <memory>

#include "suite/base/image_source.h"

namespace plasticity {

/// The data set with its images brought to `shape`: resized by antialiased bilinear interpolation,
/// grey from colours by their luma (ITU-R BT.601), colours from grey by repeating it; the set
/// itself where it has that shape already. Mean and deviation are those of the new training images,
/// all of which are looked at: seconds. `origin` says what became of the images. Throws InputError
/// for channels other than 1 and 3.
std::shared_ptr<const Dataset> Resized(std::shared_ptr<const Dataset> set, const ImageShape& shape);

}  // namespace plasticity
