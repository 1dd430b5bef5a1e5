#pragma once

#include <cstdint>
#include <memory>

#include "suite/base/image_source.h"
#include "tasks/data/readers.h"

namespace plasticity {

/// A split's images, each decoded when it is asked for.
std::shared_ptr<const ImageSource> OnDemand(RawSplit split, const ImageShape& shape);

/// The data set with its images decoded ahead: as many threads as there are cores decode what is
/// expected of either split, into a buffer of at most `memory` bytes, whose images leave it when
/// they are looked at. What is not expected, or not begun, whoever looks at it decodes. An image
/// that cannot be decoded throws where it is looked at. Nothing is mapped.
std::shared_ptr<const Dataset> Streamed(const Dataset& set, std::int64_t memory);

}  // namespace plasticity
