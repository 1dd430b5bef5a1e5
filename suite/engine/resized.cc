#include "suite/engine/resized.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "suite/base/error.h"

namespace plasticity {
namespace {

// Pixels [channels, height, width] as those of another shape.
at::Tensor Brought(const at::Tensor& pixels, const ImageShape& to) {
  at::Tensor image = pixels.to(at::kFloat);
  if (image.size(0) == 3 && to.channels == 1) {
    static const at::Tensor luma = at::tensor({0.299F, 0.587F, 0.114F}).view({3, 1, 1});
    image = (image * luma).sum(0, true);
  } else if (image.size(0) == 1 && to.channels == 3) {
    image = image.expand({3, -1, -1});
  }
  if (image.size(1) != to.height || image.size(2) != to.width)
    image = at::_upsample_bilinear2d_aa(image.unsqueeze(0), {to.height, to.width}, false)[0];
  return image.round().clamp(0, 255).to(at::kByte).contiguous();
}

// A source's images, brought to another shape when they are looked at.
class ResizedSource final : public ImageSource {
 public:
  ResizedSource(std::shared_ptr<const ImageSource> images, const ImageShape& shape)
      : ImageSource(shape, images->count()), images_(std::move(images)) {}

  std::int64_t Label(std::int64_t index) const override { return images_->Label(index); }
  void Decode(std::int64_t index, std::uint8_t* pixels) const override {
    const at::NoGradGuard no_gradients;
    const ImageShape& from = images_->shape();
    at::Tensor image = at::empty({from.channels, from.height, from.width}, at::kByte);
    images_->Decode(index, image.data_ptr<std::uint8_t>());
    std::copy_n(Brought(image, shape()).const_data_ptr<std::uint8_t>(), shape().bytes(), pixels);
  }
  void Expect(const std::vector<std::int64_t>& indices) const override { images_->Expect(indices); }

 private:
  std::shared_ptr<const ImageSource> images_;
};

// Fills in mean and deviation of the training images, by channel.
void Measure(Dataset& set) {
  const std::int64_t channels = set.shape.channels;
  const double pixels = static_cast<double>(set.train->count() * set.shape.bytes() / channels);
  at::Tensor image = at::empty({channels, set.shape.height * set.shape.width}, at::kByte);
  at::Tensor sum = at::zeros({channels}, at::kDouble), squares = at::zeros({channels}, at::kDouble);
  std::vector<std::int64_t> all(static_cast<std::size_t>(set.train->count()));
  std::iota(all.begin(), all.end(), 0);
  set.train->Expect(all);
  for (const std::int64_t i : all) {
    set.train->Decode(i, image.data_ptr<std::uint8_t>());
    const at::Tensor x = image.to(at::kDouble) / 255;
    sum += x.sum(1);
    squares += x.square().sum(1);
  }
  set.mean.clear();
  set.stddev.clear();
  for (std::int64_t c = 0; c < channels; ++c) {
    const double mean = sum[c].item<double>() / pixels;
    set.mean.push_back(static_cast<float>(mean));
    set.stddev.push_back(
        static_cast<float>(std::sqrt(squares[c].item<double>() / pixels - mean * mean)));
  }
}

}  // namespace

std::shared_ptr<const Dataset> Resized(std::shared_ptr<const Dataset> set,
                                       const ImageShape& shape) {
  if (set->shape == shape) return set;
  const auto known = [](int channels) { return channels == 1 || channels == 3; };
  if (set->shape.channels != shape.channels &&
      !(known(set->shape.channels) && known(shape.channels))) {
    throw InputError(fmt::format("{}'s images have {} channels; they cannot be given {}.",
                                 set->name, set->shape.channels, shape.channels));
  }
  auto resized = std::make_shared<Dataset>(*set);
  const auto text = [](const ImageShape& s) {
    return fmt::format("{} x {} x {}", s.channels, s.height, s.width);
  };
  resized->shape = shape;
  resized->origin += fmt::format(", brought from {} to {}", text(set->shape), text(shape));
  resized->train = std::make_shared<ResizedSource>(set->train, shape);
  resized->test = std::make_shared<ResizedSource>(set->test, shape);
  if (set->unlabelled)
    resized->unlabelled = std::make_shared<ResizedSource>(set->unlabelled, shape);
  Measure(*resized);
  return resized;
}

}  // namespace plasticity
