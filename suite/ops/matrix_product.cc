#include "suite/ops/matrix_product.h"

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

namespace plasticity {
namespace {

bool MklKeepsToAvx2() {
#if defined(__x86_64__) && defined(__GNUC__)
  static const bool keeps = at::hasMKL() && at::globalContext().hasMKLDNN() &&
                            __builtin_cpu_is("amd") && __builtin_cpu_supports("avx512f");
  return keeps;
#else
  return false;
#endif
}

// Rows of k numbers, each in one piece, behind one another: what oneDNN is given.
bool InRows(const at::Tensor& matrix) {
  return matrix.stride(1) == 1 && matrix.stride(0) == matrix.size(1);
}

// How many numbers must be moved before and behind oneDNN's product: b into an order of its own,
// and each factor that does not lie in rows into rows.
double Moved(const at::Tensor& a, const at::Tensor& b) {
  const auto a_size = static_cast<double>(a.numel()), b_size = static_cast<double>(b.numel());
  return b_size * (InRows(b.t()) ? 1 : 2) + (InRows(a) ? 0 : a_size);
}

enum class Way { kLibTorch, kOneDnn, kOneDnnTurned };  // turned: (b^T a^T)^T

// oneDNN where the time that it saves is more than moving takes; fitted to bench/product_bench.
Way WayOf(const at::Tensor& a, const at::Tensor& b) {
  if (!MklKeepsToAvx2() || !a.is_cpu() || a.scalar_type() != at::kFloat || a.dim() != 2 ||
      b.dim() != 2 || b.scalar_type() != at::kFloat)
    return Way::kLibTorch;
  const auto m = static_cast<double>(a.size(0)), n = static_cast<double>(b.size(1));
  const double straight = Moved(a, b), turned = Moved(b.t(), a.t()) + m * n;
  constexpr double kMovedOver = 40, kStart = 3e6;  // multiplications
  if (m * n * static_cast<double>(a.size(1)) <= kMovedOver * std::min(straight, turned) + kStart)
    return Way::kLibTorch;
  return straight <= turned ? Way::kOneDnn : Way::kOneDnnTurned;
}

at::Tensor Multiply(const at::Tensor& a, const at::Tensor& b) {
  switch (WayOf(a, b)) {
    case Way::kOneDnn:
      return ProductByOneDnn(a, b);
    case Way::kOneDnnTurned:
      return ProductByOneDnn(b.t(), a.t()).t().contiguous();
    case Way::kLibTorch:
      break;
  }
  return a.mm(b);
}

class MatrixProductFunction : public torch::autograd::Function<MatrixProductFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& a,
                            const at::Tensor& b) {
    context->save_for_backward({a, b});
    return Multiply(a, b);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const torch::autograd::variable_list saved = context->get_saved_variables();
    return {context->needs_input_grad(0) ? Multiply(gradients[0], saved[1].t()) : at::Tensor(),
            context->needs_input_grad(1) ? Multiply(saved[0].t(), gradients[0]) : at::Tensor()};
  }
};

}  // namespace

at::Tensor ProductByOneDnn(const at::Tensor& a, const at::Tensor& b) {
  RECORD_FUNCTION("plasticity::matrix_product", std::vector<c10::IValue>({a, b}));
  // A convolution of one pixel: the rows of a are pixels of k channels, the columns of b kernels.
  const at::Tensor pixels = a.contiguous(), kernels = b.t().contiguous();
  const std::int64_t m = a.size(0), k = a.size(1), n = b.size(1);
  const at::Tensor image = pixels.view({1, m, 1, k}).permute({0, 3, 1, 2});  // [1, k, m, 1]
  return at::mkldnn_convolution(image, kernels.view({n, k, 1, 1}), {}, {0, 0}, {1, 1}, {1, 1}, 1)
      .permute({0, 2, 3, 1})
      .reshape({m, n});
}

void MatrixProductInto(at::Tensor& product, const at::Tensor& a, const at::Tensor& b) {
  if (WayOf(a, b) == Way::kLibTorch)
    at::mm_out(product, a, b);
  else
    product.copy_(Multiply(a, b));
}

at::Tensor MatrixProduct(const at::Tensor& a, const at::Tensor& b) {
  const bool learns = at::GradMode::is_enabled() && (a.requires_grad() || b.requires_grad());
  return learns ? MatrixProductFunction::apply(a, b) : Multiply(a, b);
}

}  // namespace plasticity
