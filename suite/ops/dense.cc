#include "suite/ops/dense.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include "suite/ops/few_images.h"
#include "suite/ops/matrix_product.h"

namespace plasticity {
namespace {

// For autograd, which keeps what it saves by pointers of its own kind.
struct Kept : torch::CustomClassHolder {
  explicit Kept(std::shared_ptr<FactoredGradient> kept) : gradient(std::move(kept)) {}
  std::shared_ptr<FactoredGradient> gradient;  // may be null
  bool Takes(const at::Tensor& weight, std::int64_t n) const {
    return gradient && gradient->Takes(weight, n);
  }
};

at::Tensor Respond(const at::Tensor& x, const at::Tensor& weight,
                   const std::optional<at::Tensor>& bias) {
  const at::Tensor responses = Responses(x, weight);
  return bias ? responses + *bias : responses;
}

class DenseFunction : public torch::autograd::Function<DenseFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                            const std::shared_ptr<FactoredGradient>& gradient) {
    auto kept = c10::make_intrusive<Kept>(gradient);
    context->save_for_backward({x, weight});
    context->saved_data["bias"] = bias.has_value();
    context->saved_data["gradient"] = c10::IValue::make_capsule(std::move(kept));
    return Respond(x, weight, bias);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], &error = gradients[0];
    const auto kept =
        c10::static_intrusive_pointer_cast<Kept>(context->saved_data["gradient"].toCapsule());
    at::Tensor weight_gradient;
    if (context->needs_input_grad(1)) {
      if (kept->Takes(weight, x.size(0)))
        kept->gradient->Add(error, x);
      else
        weight_gradient = MatrixProduct(error.t(), x);
    }
    return {context->needs_input_grad(0) ? MatrixProduct(error, weight) : at::Tensor(),
            weight_gradient, context->saved_data["bias"].toBool() ? error.sum(0) : at::Tensor(),
            at::Tensor()};
  }
};

}  // namespace

bool FactoredGradient::Takes(const at::Tensor& weight, std::int64_t n) const {
  constexpr std::int64_t kSmaller = 4;  // times
  return wanted && kSmaller * n * (weight.size(0) + weight.size(1)) <= weight.numel();
}

void FactoredGradient::Add(const at::Tensor& more_errors, const at::Tensor& more_inputs) {
  errors = errors.defined() ? at::cat({errors, more_errors}) : more_errors;
  inputs = inputs.defined() ? at::cat({inputs, more_inputs}) : more_inputs;
}

at::Tensor Dense(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                 const std::shared_ptr<FactoredGradient>& gradient) {
  const auto maybe = bias.defined() ? std::optional(bias) : std::nullopt;
  const bool factored = gradient && gradient->wanted;
  if (!factored && (!x.is_cpu() || x.scalar_type() != at::kFloat))
    return at::linear(x, weight, maybe);
  const bool learns = at::GradMode::is_enabled() && (x.requires_grad() || weight.requires_grad() ||
                                                     (maybe && maybe->requires_grad()));
  return learns ? DenseFunction::apply(x, weight, maybe, gradient) : Respond(x, weight, maybe);
}

}  // namespace plasticity
