#include "suite/engine/resized.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

#include "suite/base/error.h"

namespace plasticity {
namespace {

// Images [n, channels, height, width], in bytes, as those of another shape.
at::Tensor Brought(const at::Tensor& pixels, const ImageShape& to) {
  at::Tensor images = pixels.to(at::kFloat);
  if (images.size(1) == 3 && to.channels == 1) {
    static const at::Tensor luma = at::tensor({0.299F, 0.587F, 0.114F}).view({1, 3, 1, 1});
    images = (images * luma).sum(1, true);
  }
  if (images.size(2) != to.height || images.size(3) != to.width)
    images = at::_upsample_bilinear2d_aa(images, {to.height, to.width}, false);
  return images.round().clamp(0, 255).to(at::kByte).expand({-1, to.channels, -1, -1}).contiguous();
}

// The images of these indices, as those of another shape.
at::Tensor BroughtFrom(const ImageSource& images, std::int64_t first, std::int64_t count,
                       const ImageShape& to) {
  const at::NoGradGuard no_gradients;
  const ImageShape& from = images.shape();
  at::Tensor pixels = at::empty({count, from.channels, from.height, from.width}, at::kByte);
  for (std::int64_t i = 0; i < count; ++i) {
    images.Decode(first + i, pixels.data_ptr<std::uint8_t>() + i * from.bytes());
  }
  return Brought(pixels, to);
}

// A source's images, brought to another shape when they are looked at.
class ResizedSource final : public ImageSource {
 public:
  ResizedSource(std::shared_ptr<const ImageSource> images, const ImageShape& shape)
      : ImageSource(shape, images->count()), images_(std::move(images)) {}

  std::int64_t Label(std::int64_t index) const override { return images_->Label(index); }
  void Decode(std::int64_t index, std::uint8_t* pixels) const override {
    const at::Tensor image = BroughtFrom(*images_, index, 1, shape());
    std::copy_n(image.const_data_ptr<std::uint8_t>(), shape().bytes(), pixels);
  }
  void Expect(const std::vector<std::int64_t>& indices) const override { images_->Expect(indices); }

 private:
  std::shared_ptr<const ImageSource> images_;
};

// A source's images in another shape, all of them in memory.
class HeldSource final : public ImageSource {
 public:
  HeldSource(std::shared_ptr<const ImageSource> images, const ImageShape& shape)
      : ImageSource(shape, images->count()), images_(std::move(images)) {
    pixels_.reserve(static_cast<std::size_t>(count() * shape.bytes()));
  }

  std::int64_t Label(std::int64_t index) const override { return images_->Label(index); }
  void Decode(std::int64_t index, std::uint8_t* pixels) const override {
    std::copy_n(pixels_.data() + index * shape().bytes(), shape().bytes(), pixels);
  }
  /// The next images.
  void Add(const at::Tensor& images) {
    const auto* bytes = images.const_data_ptr<std::uint8_t>();
    pixels_.insert(pixels_.end(), bytes, bytes + images.numel());
  }

 private:
  std::shared_ptr<const ImageSource> images_;
  std::vector<std::uint8_t> pixels_;
};

// One thread, while it lives: a process that is to be forked may start no others.
class OneThread {
 public:
  OneThread() { at::set_num_threads(1); }
  ~OneThread() { at::set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_ = at::get_num_threads();
};

// Calls `use` with all images in another shape, some at a time.
void ForAll(const ImageSource& images, const ImageShape& to,
            const std::function<void(const at::Tensor&)>& use) {
  constexpr std::int64_t kAtOnce = 128;
  const OneThread alone;
  std::vector<std::int64_t> all(static_cast<std::size_t>(images.count()));
  std::iota(all.begin(), all.end(), 0);
  images.Expect(all);
  for (std::int64_t first = 0; first < images.count(); first += kAtOnce) {
    use(BroughtFrom(images, first, std::min(kAtOnce, images.count() - first), to));
  }
}

// The images in another shape: in memory where that is no burden, else when they are looked at.
// `look` is called with those that are kept in memory.
std::shared_ptr<const ImageSource> InShape(std::shared_ptr<const ImageSource> images,
                                           const ImageShape& shape,
                                           const std::function<void(const at::Tensor&)>& look) {
  constexpr std::int64_t kMostBytes = std::int64_t{512} << 20;
  if (images->count() * shape.bytes() > kMostBytes) {
    if (look) ForAll(*images, shape, look);
    return std::make_shared<ResizedSource>(std::move(images), shape);
  }
  auto held = std::make_shared<HeldSource>(images, shape);
  ForAll(*images, shape, [&](const at::Tensor& some) {
    held->Add(some);
    if (look) look(some);
  });
  return held;
}

// Mean and deviation by channel, from exact sums of bytes.
class Moments {
 public:
  explicit Moments(int channels)
      : sum_(at::zeros({channels}, at::kLong)), squares_(at::zeros({channels}, at::kLong)) {}

  void Add(const at::Tensor& images) {
    const at::Tensor x = images.to(at::kLong);
    sum_ += x.sum({0, 2, 3});
    squares_ += x.square().sum({0, 2, 3});
    pixels_ += images.size(0) * images.size(2) * images.size(3);
  }
  void Into(Dataset& set) const {
    set.mean.clear();
    set.stddev.clear();
    const auto pixels = static_cast<double>(pixels_);
    for (std::int64_t c = 0; c < sum_.size(0); ++c) {
      const double mean = static_cast<double>(sum_[c].item<std::int64_t>()) / 255 / pixels;
      const double square =
          static_cast<double>(squares_[c].item<std::int64_t>()) / (255.0 * 255.0) / pixels;
      set.mean.push_back(static_cast<float>(mean));
      set.stddev.push_back(static_cast<float>(std::sqrt(square - mean * mean)));
    }
  }

 private:
  at::Tensor sum_, squares_;
  std::int64_t pixels_ = 0;
};

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
  Moments moments(shape.channels);
  resized->train =
      InShape(set->train, shape, [&](const at::Tensor& images) { moments.Add(images); });
  moments.Into(*resized);
  resized->test = InShape(set->test, shape, nullptr);
  if (set->unlabelled)
    resized->unlabelled = std::make_shared<ResizedSource>(set->unlabelled, shape);
  return resized;
}

}  // namespace plasticity
