#include "suite/ops/norm_pool.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <tuple>

#include "suite/ops/vectorized.h"

namespace plasticity {
namespace {

// Sums over pixels, channel by channel.
PLASTICITY_VECTORIZED
void AddMoments(const float* __restrict x, const float* __restrict origin, std::int64_t pixels,
                std::int64_t channels, float* __restrict sums, float* __restrict squares) {
  for (std::int64_t p = 0; p < pixels; ++p) {
    const float* const pixel = x + p * channels;
    for (std::int64_t c = 0; c < channels; ++c) {
      const float from = pixel[c] - origin[c];
      sums[c] += from;
      squares[c] += from * from;
    }
  }
}

PLASTICITY_VECTORIZED
void AddProducts(const float* __restrict errors, const float* __restrict x,
                 const float* __restrict origin, std::int64_t pixels, std::int64_t channels,
                 float* __restrict sums, float* __restrict products) {
  for (std::int64_t p = 0; p < pixels; ++p) {
    const float* const error = errors + p * channels;
    const float* const pixel = x + p * channels;
    for (std::int64_t c = 0; c < channels; ++c) {
      sums[c] += error[c];
      products[c] += error[c] * (pixel[c] - origin[c]);
    }
  }
}

// (x - origin) * slope + shift, pixel by pixel.
PLASTICITY_VECTORIZED
void Line(const float* __restrict x, const float* __restrict origin, const float* __restrict slope,
          const float* __restrict shift, std::int64_t pixels, std::int64_t channels,
          float* __restrict y) {
  for (std::int64_t p = 0; p < pixels; ++p)
    for (std::int64_t c = 0; c < channels; ++c)
      y[p * channels + c] = (x[p * channels + c] - origin[c]) * slope[c] + shift[c];
}

// The two sums that `add` makes of blocks of pixels, as doubles [2, channels]. Blocks do not depend
// on the number of threads, so neither do the sums.
using Adds = std::function<void(std::int64_t first, std::int64_t pixels, float*, float*)>;
at::Tensor Sums(std::int64_t pixels, std::int64_t channels, const Adds& add) {
  constexpr std::int64_t kBlock = 256;
  const std::int64_t blocks = (pixels + kBlock - 1) / kBlock;
  at::Tensor partial = at::zeros({blocks, 2, channels});
  float* const sums = partial.data_ptr<float>();
  at::parallel_for(0, blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      float* const block = sums + i * 2 * channels;
      add(i * kBlock, std::min(kBlock, pixels - i * kBlock), block, block + channels);
    }
  });
  return partial.sum({0}, false, at::kDouble);
}

std::int64_t Pixels(const at::Tensor& x) { return x.numel() / x.size(1); }

// Mean and 1 / deviation of each channel, [channels] each.
std::pair<at::Tensor, at::Tensor> Normalizers(const at::Tensor& x, const BatchStatistics& norm,
                                              bool own) {
  if (!own) return {norm.mean, (norm.variance + norm.epsilon).rsqrt()};
  const std::int64_t pixels = Pixels(x), channels = x.size(1);
  const float* const values =
      x.const_data_ptr<float>();  // the first pixel is every channel's origin
  const at::Tensor sums =
      Sums(pixels, channels, [&](auto first, auto count, auto* sum, auto* squares) {
        AddMoments(values + first * channels, values, count, channels, sum, squares);
      });
  const at::Tensor from = sums[0] / pixels;
  const at::Tensor variance = (sums[1] / pixels - from.square()).clamp_min(0);
  const at::Tensor mean = (from + x[0].select(1, 0).select(1, 0)).to(at::kFloat);
  norm.mean.lerp_(mean, norm.momentum);
  norm.variance.lerp_((variance * pixels / (pixels - 1)).to(at::kFloat), norm.momentum);
  return {mean, (variance + norm.epsilon).rsqrt().to(at::kFloat)};
}

at::Tensor Normalized(const at::Tensor& x, const at::Tensor& mean, const at::Tensor& slope,
                      const at::Tensor& shift) {
  at::Tensor y = at::empty_like(x);
  const std::int64_t channels = x.size(1);
  constexpr std::int64_t kWorthAThread = 64;
  at::parallel_for(0, Pixels(x), kWorthAThread, [&](std::int64_t begin, std::int64_t end) {
    Line(x.const_data_ptr<float>() + begin * channels, mean.const_data_ptr<float>(),
         slope.const_data_ptr<float>(), shift.const_data_ptr<float>(), end - begin, channels,
         y.data_ptr<float>() + begin * channels);
  });
  return y;
}

struct Pooled {
  at::Tensor y;       // [n, c, rows, columns]
  at::Tensor maxima;  // the x that y is of
  at::Tensor places;  // where they were
  at::Tensor mean;    // of x, [c]
  at::Tensor scale;   // 1 / deviation of x, [c]
};

at::Tensor OrElse(const at::Tensor& tensor, double value, const at::Tensor& like) {
  return tensor.defined() ? tensor.detach() : at::full_like(like, value);
}

Pooled Pool(const at::Tensor& x, const BatchStatistics& norm, bool own, const Window& window,
            bool keep_places) {
  RECORD_FUNCTION("plasticity::norm_pool", std::vector<c10::IValue>({x}));
  Pooled pooled;
  std::tie(pooled.mean, pooled.scale) = Normalizers(x, norm, own);
  const at::Tensor slope = pooled.scale * OrElse(norm.gain, 1, pooled.scale);
  const at::Tensor signs = at::where(slope < 0, -1.F, 1.F);
  pooled.maxima = Maxima(x, window, signs, keep_places ? &pooled.places : nullptr);
  pooled.maxima.mul_(signs.view({1, -1, 1, 1}));
  pooled.y = Normalized(pooled.maxima, pooled.mean, slope, OrElse(norm.shift, 0, slope));
  return pooled;
}

class NormPoolFunction : public torch::autograd::Function<NormPoolFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            const std::optional<at::Tensor>& gain,
                            const std::optional<at::Tensor>& /*shift*/, const BatchStatistics& norm,
                            bool own, const Window& window) {
    const Pooled pooled = Pool(x, norm, own, window, true);
    context->save_for_backward({own ? x : at::Tensor(), gain.value_or(at::Tensor()), pooled.maxima,
                                pooled.places, pooled.mean, pooled.scale});
    context->saved_data["shape"] = x.sizes().vec();
    context->saved_data["window"] =
        std::vector<std::int64_t>{window.kernel, window.stride, window.padding};
    return pooled.y;
  }

  // By the chain rule, with e the errors at the normalised x (0 but where a maximum was), z the
  // normalised x without gain and shift, and M the values of a channel:
  //   dgain = sum(e z), dshift = sum(e), dx = gain scale (e - dshift / M - z dgain / M),
  // the last two terms where the statistics are the batch's own.
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    RECORD_FUNCTION("plasticity::norm_pool_backward", std::vector<c10::IValue>({gradients[0]}));
    const torch::autograd::variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &gain = saved[1], &maxima = saved[2], &places = saved[3],
                     &mean = saved[4], &scale = saved[5];
    const std::vector<std::int64_t> shape = context->saved_data["shape"].toIntVector();
    const std::vector<std::int64_t> asked = context->saved_data["window"].toIntVector();
    const Window window{asked[0], asked[1], asked[2]};
    const at::Tensor errors = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    const std::int64_t channels = shape[1], width = shape[3];
    const at::Tensor sums =
        Sums(Pixels(errors), channels, [&](auto first, auto count, auto* sum, auto* products) {
          AddProducts(errors.const_data_ptr<float>() + first * channels,
                      maxima.const_data_ptr<float>() + first * channels,
                      mean.const_data_ptr<float>(), count, channels, sum, products);
        });
    const at::Tensor shift_gradient = sums[0].to(at::kFloat);
    const at::Tensor gain_gradient = (sums[1] * scale).to(at::kFloat);
    const at::Tensor slope = scale * OrElse(gain, 1, scale);

    at::Tensor x_gradient;
    if (context->needs_input_grad(0)) {
      const double values = static_cast<double>(shape[0] * shape[2] * shape[3]);
      const at::Tensor base = (slope * shift_gradient / -values).contiguous();
      const at::Tensor tilt = (slope * scale * gain_gradient / -values).contiguous();
      x_gradient =
          SpreadErrors(errors, places, slope, shape, window, [&](std::int64_t first, float* row) {
            if (!x.defined()) {
              std::fill_n(row, width * channels, 0.F);
              return;
            }
            Line(x.const_data_ptr<float>() + first, mean.const_data_ptr<float>(),
                 tilt.const_data_ptr<float>(), base.const_data_ptr<float>(), width, channels, row);
          });
    }
    if (!gain.defined()) return {x_gradient, {}, {}, {}, {}, {}};
    return {x_gradient, gain_gradient, shift_gradient, {}, {}, {}};
  }
};

}  // namespace

at::Tensor NormPool(const at::Tensor& x, const BatchStatistics& norm, bool own,
                    const Window& window) {
  if (!PoolsByBytes(x, window)) {
    return MaxPool(at::batch_norm(x, norm.gain, norm.shift, norm.mean, norm.variance, own,
                                  norm.momentum, norm.epsilon, false),
                   window);
  }
  const bool learns = at::GradMode::is_enabled() &&
                      (x.requires_grad() || (norm.gain.defined() && norm.gain.requires_grad()));
  if (!learns) return Pool(x, norm, own, window, false).y;
  const auto given = [](const at::Tensor& tensor) {
    return tensor.defined() ? std::optional<at::Tensor>(tensor) : std::nullopt;
  };
  return NormPoolFunction::apply(x, given(norm.gain), given(norm.shift), norm, own, window);
}

}  // namespace plasticity
