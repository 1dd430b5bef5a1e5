#include "suite/ops/max_pool.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "suite/ops/vectorized.h"

namespace plasticity {
namespace {

constexpr std::int64_t kAtOnce = 64;  // channels

// Takes what is larger, and where it was.
PLASTICITY_VECTORIZED
void Larger(const float* __restrict x, const float* __restrict sign, std::int32_t place,
            std::int64_t count, float* __restrict best, std::int32_t* __restrict where) {
  for (std::int64_t c = 0; c < count; ++c) {
    const float value = x[c] * sign[c];
    const bool takes = (value > best[c]) | (value != value);
    best[c] = takes ? value : best[c];
    where[c] = takes ? place : where[c];
  }
}

PLASTICITY_VECTORIZED
void Larger(const float* __restrict x, const float* __restrict sign, std::int64_t count,
            float* __restrict best) {
  for (std::int64_t c = 0; c < count; ++c) {
    const float value = x[c] * sign[c];
    best[c] = (value > best[c]) | (value != value) ? value : best[c];
  }
}

// Adds the errors, scaled, of the maxima that were at `place` of their window.
PLASTICITY_VECTORIZED
void AddWhere(const float* __restrict error, const float* __restrict scale,
              const std::uint8_t* __restrict where, std::uint8_t place, std::int64_t count,
              float* __restrict sum) {
  for (std::int64_t c = 0; c < count; ++c) {
    // Bits, since a branch would not be vectorised.
    const std::uint32_t here = where[c] == place ? ~0U : 0U;
    sum[c] += std::bit_cast<float>(std::bit_cast<std::uint32_t>(scale[c] * error[c]) & here);
  }
}

struct Sizes {
  std::int64_t images, channels, height, width, rows, columns;  // the last two are the output's

  Sizes(const at::Tensor& x, const Window& window)
      : images(x.size(0)),
        channels(x.size(1)),
        height(x.size(2)),
        width(x.size(3)),
        rows((height + 2 * window.padding - window.kernel) / window.stride + 1),
        columns((width + 2 * window.padding - window.kernel) / window.stride + 1) {}
};

// One row of the output of one image; and the places of its maxima, where they are asked for.
void PoolRow(const float* image, const float* signs, const Sizes& sizes, const Window& window,
             std::int64_t row, float* output, std::uint8_t* places) {
  std::int32_t where[kAtOnce];
  const std::int64_t top = row * window.stride - window.padding;
  for (std::int64_t column = 0; column < sizes.columns; ++column) {
    const std::int64_t left = column * window.stride - window.padding;
    for (std::int64_t from = 0; from < sizes.channels; from += kAtOnce) {
      const std::int64_t count = std::min(kAtOnce, sizes.channels - from);
      float* const best = output + column * sizes.channels + from;
      std::fill_n(best, count, -std::numeric_limits<float>::infinity());
      const std::int64_t above = std::max<std::int64_t>(0, -top);
      const std::int64_t before = std::max<std::int64_t>(0, -left);
      std::fill_n(where, count, static_cast<std::int32_t>(above * window.kernel + before));
      for (std::int64_t y = above; y < window.kernel; ++y) {
        if (top + y >= sizes.height) break;
        for (std::int64_t x = before; x < window.kernel; ++x) {
          if (left + x >= sizes.width) break;
          const float* const pixel =
              image + ((top + y) * sizes.width + left + x) * sizes.channels + from;
          if (places == nullptr)
            Larger(pixel, signs + from, count, best);
          else
            Larger(pixel, signs + from, static_cast<std::int32_t>(y * window.kernel + x), count,
                   best, where);
        }
      }
      if (places == nullptr) continue;
      std::uint8_t* const kept = places + column * sizes.channels + from;
      for (std::int64_t c = 0; c < count; ++c) kept[c] = static_cast<std::uint8_t>(where[c]);
    }
  }
}

// Adds to one row of the error at the input of one image: each pixel's, from the windows that cover
// it.
void SpreadRow(const float* errors, const float* scale, const std::uint8_t* places,
               const Sizes& sizes, const Window& window, std::int64_t row, float* gradient) {
  const auto first = [&](std::int64_t at) {  // the first window that covers a pixel
    const std::int64_t before = at + window.padding - window.kernel + 1;
    return before <= 0 ? 0 : (before + window.stride - 1) / window.stride;
  };
  for (std::int64_t i = first(row); i < sizes.rows; ++i) {
    const std::int64_t y = row + window.padding - i * window.stride;
    if (y < 0) break;
    for (std::int64_t column = 0; column < sizes.width; ++column) {
      for (std::int64_t j = first(column); j < sizes.columns; ++j) {
        const std::int64_t x = column + window.padding - j * window.stride;
        if (x < 0) break;
        const std::int64_t at = (i * sizes.columns + j) * sizes.channels;
        AddWhere(errors + at, scale, places + at, static_cast<std::uint8_t>(y * window.kernel + x),
                 sizes.channels, gradient + column * sizes.channels);
      }
    }
  }
}

class MaxPoolFunction : public torch::autograd::Function<MaxPoolFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
    at::Tensor places;
    RECORD_FUNCTION("plasticity::max_pool", std::vector<c10::IValue>({x}));
    at::Tensor output = Maxima(x, {kernel, stride, padding}, {}, &places);
    context->save_for_backward({places});
    context->saved_data["shape"] = x.sizes().vec();
    context->saved_data["window"] = std::vector<std::int64_t>{kernel, stride, padding};
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const std::vector<std::int64_t> asked = context->saved_data["window"].toIntVector();
    const Window window{asked[0], asked[1], asked[2]};
    RECORD_FUNCTION("plasticity::max_pool_backward", std::vector<c10::IValue>({gradients[0]}));
    const std::vector<std::int64_t> sizes = context->saved_data["shape"].toIntVector();
    const std::int64_t row = sizes[3] * sizes[1];
    const at::Tensor gradient =
        SpreadErrors(gradients[0], context->get_saved_variables()[0],
                     at::ones({sizes[1]}, gradients[0].options()), sizes, window,
                     [row](std::int64_t, float* values) { std::fill_n(values, row, 0.F); });
    return {gradient, at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

bool PoolsByBytes(const at::Tensor& x, const Window& window) {
  constexpr std::int64_t kLargest = 15;  // whose places a byte holds
  return x.is_cpu() && x.scalar_type() == at::kFloat && x.dim() == 4 && window.kernel <= kLargest &&
         x.is_contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor Maxima(const at::Tensor& x, const Window& window, const at::Tensor& signs,
                  at::Tensor* places) {
  const Sizes sizes(x, window);
  at::Tensor output = at::empty({sizes.images, sizes.channels, sizes.rows, sizes.columns},
                                x.options(), at::MemoryFormat::ChannelsLast);
  if (places != nullptr) *places = at::empty({output.numel()}, x.options().dtype(at::kByte));
  const at::Tensor each = signs.defined() ? signs : at::ones({sizes.channels}, x.options());
  const float* const from = x.const_data_ptr<float>();
  const float* const sign = each.const_data_ptr<float>();
  float* const to = output.data_ptr<float>();
  std::uint8_t* const kept = places == nullptr ? nullptr : places->data_ptr<std::uint8_t>();
  const std::int64_t image = sizes.height * sizes.width * sizes.channels;
  const std::int64_t row = sizes.columns * sizes.channels;
  at::parallel_for(0, sizes.images * sizes.rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      PoolRow(from + i / sizes.rows * image, sign, sizes, window, i % sizes.rows, to + i * row,
              kept == nullptr ? nullptr : kept + i * row);
  });
  return output;
}

at::Tensor SpreadErrors(const at::Tensor& errors, const at::Tensor& places, const at::Tensor& scale,
                        at::IntArrayRef input_sizes, const Window& window,
                        const std::function<void(std::int64_t first, float* row)>& begin) {
  const at::Tensor spread = errors.contiguous(at::MemoryFormat::ChannelsLast);
  at::Tensor gradient = at::empty(input_sizes, errors.options(), at::MemoryFormat::ChannelsLast);
  const Sizes sizes(gradient, window);
  const float* const from = spread.const_data_ptr<float>();
  const float* const times = scale.const_data_ptr<float>();
  const std::uint8_t* const kept = places.const_data_ptr<std::uint8_t>();
  float* const to = gradient.data_ptr<float>();
  const std::int64_t row = sizes.width * sizes.channels;
  const std::int64_t image = sizes.rows * sizes.columns * sizes.channels;
  at::parallel_for(0, sizes.images * sizes.height, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      begin(i * row, to + i * row);
      SpreadRow(from + i / sizes.height * image, times, kept + i / sizes.height * image, sizes,
                window, i % sizes.height, to + i * row);
    }
  });
  return gradient;
}

at::Tensor MaxPool(const at::Tensor& x, const Window& window) {
  if (!PoolsByBytes(x, window)) {
    return at::max_pool2d(x, {window.kernel, window.kernel}, {window.stride, window.stride},
                          {window.padding, window.padding});
  }
  if (at::GradMode::is_enabled() && x.requires_grad())
    return MaxPoolFunction::apply(x, window.kernel, window.stride, window.padding);
  RECORD_FUNCTION("plasticity::max_pool", std::vector<c10::IValue>({x}));
  return Maxima(x, window, {}, nullptr);
}

}  // namespace plasticity
