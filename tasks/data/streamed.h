#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "suite/base/image_source.h"
#include "tasks/data/readers.h"

namespace plasticity {

/// `count` images, each decoded when it is asked for, with one of `labels` each, or with none where
/// that is empty.
std::shared_ptr<const ImageSource> OnDemand(const ImageShape& shape, std::int64_t count,
                                            ImageDecoder decode,
                                            std::vector<std::uint16_t> labels = {});

/// The data set with its images decoded ahead: as many threads as there are cores decode what is
/// expected of one of its sources, into a buffer of at most `memory` bytes, whose images leave it
/// when they are looked at. What is not expected, or not begun, whoever looks at it decodes. An
/// image that cannot be decoded throws where it is looked at. Nothing is mapped.
std::shared_ptr<Dataset> Streamed(const Dataset& set, std::int64_t memory);

}  // namespace plasticity
