#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "suite/base/image_source.h"
#include "suite/streams.h"

namespace plasticity {

/// Some images under some labels: a value that says which images, as what, among which classes.
/// Slicing, relabelling and joining move no pixel.
struct Samples {
  std::shared_ptr<const ImageSource> images;  ///< where the pixels are
  std::vector<std::int64_t> index;            ///< [size], places in `images`
  std::vector<std::int64_t> label;            ///< [size]; -1: none
  at::Tensor candidates;  ///< bool [classes] or [size, classes]: the classes to choose
                          ///< among; undefined: all

  /// How many there are.
  std::int64_t size() const { return static_cast<std::int64_t>(index.size()); }
};

/// All images of a source under their own labels.
Samples AllOf(std::shared_ptr<const ImageSource> images);

/// Throws RunError where one of the samples has no label, which `who` needs.
void NeedLabels(const Samples& samples, const std::string& who);

/// Samples `from` to `to` - 1.
Samples Slice(const Samples& samples, std::int64_t from, std::int64_t to);

/// Those at these places, in that order.
Samples Chosen(const Samples& samples, const std::vector<std::int64_t>& places);

/// The first `count`, or all where there are fewer.
Samples First(const Samples& samples, std::int64_t count);

/// Those with one of these labels, in their order.
Samples OfClasses(const Samples& samples, const std::vector<std::int64_t>& classes);

/// `count` samples with as many of each label as can be, drawn by the stream. Nested: a smaller
/// count drawn by the same stream gives a part of a larger one's.
Samples Balanced(const Samples& samples, std::int64_t count, Stream stream);

/// The same images, label l as labels[l].
Samples Relabelled(const Samples& samples, const std::vector<std::int64_t>& labels);

/// First a's, then b's. Their images may come from different sources of one shape; candidates are
/// kept sample by sample. Throws InputError for different shapes.
Samples Join(const Samples& a, const Samples& b);

/// A change of pixels that follows from the pixels and the image's place alone: a permutation, a
/// rotation, noise from a stream of its own.
class ImageChange {
 public:
  virtual ~ImageChange() = default;
  /// Changes image `index` of a source, [channels, height, width], in place; from any thread.
  virtual void Apply(const ImageShape& shape, std::int64_t index, std::uint8_t* pixels) const = 0;
};

/// The same samples with `change` on every image.
Samples Changed(const Samples& samples, std::shared_ptr<const ImageChange> change);

}  // namespace plasticity
