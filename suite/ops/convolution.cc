#include "suite/ops/convolution.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "suite/ops/matrix_product.h"
#include "suite/ops/winograd.h"

namespace plasticity {
namespace {

// One matrix product a kernel position: the input at that position is a shifted view of the image,
// gathered into [n, in] just before use, so that it is still in the cache. bench/hebbian_bench.cc
// compares it with LibTorch's own.
at::Tensor ShiftedProducts(const at::Tensor& padded, const at::Tensor& rows,
                           const at::Tensor& weight, std::int64_t stride) {
  const std::int64_t out = weight.size(0), in = weight.size(1), kernel = weight.size(2),
                     columns = weight.size(3);
  const std::int64_t height = (padded.size(2) - kernel) / stride + 1;
  const std::int64_t width = (padded.size(3) - columns) / stride + 1;
  const at::Tensor image = padded.permute({0, 2, 3, 1});  // [batch, h, w, in]
  const at::Tensor rows_t = rows.t().contiguous();        // [out, n]
  at::Tensor product = at::empty({kernel * columns, out, in}, rows.options());
  for (std::int64_t position = 0; position < kernel * columns; ++position) {
    const std::int64_t y = position / columns, x = position % columns;
    const at::Tensor shifted = image.slice(1, y, y + (height - 1) * stride + 1, stride)
                                   .slice(2, x, x + (width - 1) * stride + 1, stride)
                                   .reshape({-1, in});  // [n, in]
    at::Tensor slot = product.select(0, position);
    MatrixProductInto(slot, rows_t, shifted);
  }
  return product.view({kernel, columns, out, in})
      .permute({2, 3, 0, 1});  // [out, in, kernel, kernel]
}

at::Tensor WeightGradient(const at::Tensor& padded, const at::Tensor& rows,
                          const at::Tensor& weight, std::int64_t stride) {
  // Below, LibTorch's own is faster (bench/hebbian_bench.cc).
  constexpr std::int64_t kManyChannels = 256;
  const at::ScalarType type = padded.scalar_type();
  if (weight.size(1) >= kManyChannels && padded.is_cpu() &&
      (type == at::kFloat || type == at::kBFloat16)) {
    return ShiftedProducts(padded, rows, weight, stride);
  }
  const std::int64_t height = (padded.size(2) - weight.size(2)) / stride + 1;
  const std::int64_t width = (padded.size(3) - weight.size(3)) / stride + 1;
  const at::Tensor maps =
      rows.view({padded.size(0), height, width, rows.size(1)}).permute({0, 3, 1, 2});
  return std::get<1>(at::convolution_backward(maps, padded, weight, std::nullopt, {stride, stride},
                                              {0, 0}, {1, 1}, false, {0, 0}, 1,
                                              {false, true, false}));
}

at::Tensor InputGradient(const at::Tensor& gradient, const at::Tensor& x, const at::Tensor& weight,
                         std::int64_t stride) {
  return std::get<0>(at::convolution_backward(gradient, x, weight, std::nullopt, {stride, stride},
                                              {0, 0}, {1, 1}, false, {0, 0}, 1,
                                              {true, false, false}));
}

class ConvolutionFunction : public torch::autograd::Function<ConvolutionFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                            std::int64_t stride, Precision precision) {
    context->save_for_backward({x, weight});
    context->saved_data["stride"] = stride;
    context->saved_data["bias"] = bias.has_value();
    context->saved_data["bfloat16"] = precision == Precision::kBfloat16;
    if (WinogradHelps(x, weight, stride, precision))
      return WinogradConvolution(x, weight, bias.value_or(at::Tensor()), 0, precision);
    return at::conv2d(x, weight, bias, {stride, stride});
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const std::int64_t stride = context->saved_data["stride"].toInt();
    const Precision precision =
        context->saved_data["bfloat16"].toBool() ? Precision::kBfloat16 : Precision::kFloat32;
    const at::Tensor& gradient = gradients[0];  // [n, out, h, w]
    const at::Tensor rows = UnitRows(gradient);
    return {context->needs_input_grad(0)
                ? ConvolutionInputGradient(gradient, saved[0], saved[1], stride, precision)
                : at::Tensor(),
            context->needs_input_grad(1)
                ? ConvolutionWeightGradient(saved[0], rows, saved[1], stride, precision)
                : at::Tensor(),
            context->saved_data["bias"].toBool() ? rows.sum(0) : at::Tensor(), at::Tensor(),
            at::Tensor()};
  }
};

}  // namespace

at::Tensor UnitRows(const at::Tensor& activation) {
  return activation.dim() == 2 ? activation
                               : activation.permute({0, 2, 3, 1}).reshape({-1, activation.size(1)});
}

at::Tensor ConvolutionWeightGradient(const at::Tensor& padded, const at::Tensor& rows,
                                     const at::Tensor& weight, std::int64_t stride,
                                     Precision precision) {
  if (WinogradHelps(padded, weight, stride, precision))
    return WinogradWeightGradient(padded, rows, precision);
  const auto gradient = [&](const at::Tensor& x, const at::Tensor& r, const at::Tensor& w) {
    return WeightGradient(x, r, w, stride);
  };
  return Multiplied(precision, gradient, padded, rows, weight);
}

at::Tensor ConvolutionInputGradient(const at::Tensor& gradient, const at::Tensor& x,
                                    const at::Tensor& weight, std::int64_t stride,
                                    Precision precision) {
  // A convolution of the output's gradient with the kernels turned round, inputs for outputs.
  if (WinogradHelps(x, weight, stride, precision))
    return WinogradConvolution(gradient, weight.transpose(0, 1).flip({2, 3}), {}, 2, precision);
  const auto at_input = [&](const at::Tensor& g, const at::Tensor& of, const at::Tensor& w) {
    return InputGradient(g, of, w, stride);
  };
  return Multiplied(precision, at_input, gradient, x, weight);
}

at::Tensor Convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                       std::int64_t stride, Precision precision) {
  const bool rounds = WinogradHelps(x, weight, stride, precision);
  const auto convolved = [&](const at::Tensor& of, const at::Tensor& w, const at::Tensor& b) {
    return ConvolutionFunction::apply(of, w, b.defined() ? std::optional(b) : std::nullopt, stride,
                                      rounds ? precision : Precision::kFloat32);
  };
  return rounds ? convolved(x, weight, bias) : Multiplied(precision, convolved, x, weight, bias);
}

}  // namespace plasticity
