#include "suite/ops/dense.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

namespace plasticity {
namespace {

// For autograd, which keeps what it saves by pointers of its own kind.
struct Kept : torch::CustomClassHolder {
  explicit Kept(std::shared_ptr<FactoredGradient> kept) : gradient(std::move(kept)) {}
  std::shared_ptr<FactoredGradient> gradient;
};

class DenseFunction : public torch::autograd::Function<DenseFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                            const std::shared_ptr<FactoredGradient>& gradient) {
    context->save_for_backward({x, weight});
    context->saved_data["bias"] = bias.has_value();
    context->saved_data["gradient"] =
        c10::IValue::make_capsule(c10::make_intrusive<Kept>(gradient));
    if (!x.is_cpu() || !gradient->Takes(weight, x.size(0))) return at::linear(x, weight, bias);
    // For few images MKL is faster at weight x^T than at x weight^T (bench/compare, streams).
    at::Tensor output = weight.mm(x.t()).t().contiguous();
    if (bias) output.add_(*bias);
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], &error = gradients[0];
    FactoredGradient& kept =
        *c10::static_intrusive_pointer_cast<Kept>(context->saved_data["gradient"].toCapsule())
             ->gradient;
    at::Tensor weight_gradient;
    if (context->needs_input_grad(1)) {
      if (kept.Takes(weight, x.size(0)))
        kept.Add(error, x);
      else
        weight_gradient = error.t().mm(x);
    }
    return {context->needs_input_grad(0) ? error.mm(weight) : at::Tensor(), weight_gradient,
            context->saved_data["bias"].toBool() ? error.sum(0) : at::Tensor(), at::Tensor()};
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
  return gradient && gradient->wanted ? DenseFunction::apply(x, weight, maybe, gradient)
                                      : at::linear(x, weight, maybe);
}

}  // namespace plasticity
