#include "suite/ops/augment.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace plasticity {
namespace {

// The pixels [n, size] that a window of `size` shows after it moved by `shift` [n], with the image
// continued as its mirror image on both sides: -1 is pixel 1, and so on.
at::Tensor Window(const at::Tensor& shift, std::int64_t size) {
  const at::Tensor place = shift.unsqueeze(1) + at::arange(size, shift.options());  // [n, size]
  return size - 1 - (size - 1 - place.abs()).abs();
}

}  // namespace

Augmentation Augmentation::Declare(Params& params, const Augmentation& defaults) {
  Augmentation augmentation = defaults;
  augmentation.shift = params.Integer(
      "shift", defaults.shift, kNonNegative,
      "views are moved by up to so much, the image mirrored beyond its edge", "pixels");
  augmentation.flip = params.Flag("flip", defaults.flip, "half of the views are mirrored");
  augmentation.brightness = params.Real("brightness", defaults.brightness, kNonNegative,
                                        "views are brighter or darker by up to so much",
                                        "standard deviations of the image");
  augmentation.contrast = params.Real("contrast", defaults.contrast, kUnitInterval,
                                      "views have up to so much more or less contrast");
  return augmentation;
}

at::Tensor Augment(const at::Tensor& images, const Augmentation& augmentation, Stream stream) {
  const std::int64_t n = images.size(0), channels = images.size(1);
  const std::int64_t height = images.size(2), width = images.size(3);
  at::Tensor draws = at::empty({n, 5});  // row i: what image i's change needs, in [0, 1)
  stream.FillUniform(draws.data_ptr<float>(), static_cast<std::size_t>(draws.numel()), 0, 1);
  draws = draws.to(images.device());
  const auto draw = [&](std::int64_t which) { return draws.select(1, which); };  // [n]
  const auto moved = [&](std::int64_t which, std::int64_t size) {                // [n, size]
    const std::int64_t most = std::min(augmentation.shift, size - 1);
    return Window((draw(which) * (2 * most + 1)).to(at::kLong).clamp_max(2 * most) - most, size);
  };

  const at::Tensor rows = moved(0, height);
  at::Tensor columns = moved(1, width);
  if (augmentation.flip) {
    columns = at::where((draw(2) < 0.5).unsqueeze(1), columns.flip(1), columns);
  }
  const auto counted = [&](std::int64_t count) { return at::arange(count, rows.options()); };
  at::Tensor views =
      images.index({counted(n).view({n, 1, 1, 1}), counted(channels).view({1, channels, 1, 1}),
                    rows.view({n, 1, height, 1}), columns.view({n, 1, 1, width})});

  // Uniform in [-most, most], one for each image: [n, 1, 1, 1].
  const auto factor = [&](std::int64_t which, double most) {
    return ((draw(which) * 2 - 1) * most).view({n, 1, 1, 1});
  };
  if (augmentation.brightness == 0 && augmentation.contrast == 0) return views;
  const at::Tensor mean = views.mean({1, 2, 3}, true);  // [n, 1, 1, 1]
  const at::Tensor centred = views - mean;
  const at::Tensor deviation = centred.square().mean({1, 2, 3}, true).sqrt();
  return centred * (factor(4, augmentation.contrast) + 1) +
         (mean + factor(3, augmentation.brightness) * deviation);
}

at::Tensor TwoViews(const at::Tensor& images, const Augmentation& augmentation,
                    const Streams& streams, std::uint64_t draw) {
  return at::cat({Augment(images, augmentation, streams.For("augment.first", draw)),
                  Augment(images, augmentation, streams.For("augment.second", draw))});
}

}  // namespace plasticity
