#include "suite/optimizer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <numbers>

#include "suite/ops/dense.h"
#include "suite/ops/few_images.h"

namespace plasticity {

OptimizerConfig OptimizerConfig::Declare(Params& params, const OptimizerConfig& defaults) {
  OptimizerConfig config = defaults;
  config.kind = params.Choice("optimizer", defaults.kind, {"adamw", "adam", "sgd"},
                              "how gradients become steps");
  config.learning_rate =
      params.Real("learning_rate", defaults.learning_rate, kPositive, "step size");
  config.weight_decay = params.Real("weight_decay", defaults.weight_decay, kNonNegative,
                                    "pull of all weights to zero");
  config.momentum = params.Untuned(config.kind != "sgd")
                        .Real("momentum", defaults.momentum, kUnitInterval, "of sgd");
  config.schedule = params.Choice("schedule", defaults.schedule,
                                  {"constant", "cosine", "steps", "halving", "tenths"},
                                  "learning rate over the epochs");
  config.min_learning_rate = params.Untuned().Real("min_learning_rate", defaults.min_learning_rate,
                                                   kNonNegative, "where the cosine ends");
  return config;
}

double OptimizerConfig::RateAt(const Progress& progress) const {
  const auto epochs = static_cast<double>(progress.epochs);
  const auto epoch = static_cast<double>(progress.epoch);
  if (schedule == "cosine") {
    return min_learning_rate + (learning_rate - min_learning_rate) *
                                   (1 + std::cos(std::numbers::pi * epoch / epochs)) / 2;
  }
  if (schedule == "steps") {
    double rate = learning_rate;
    for (const double milestone : {0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.9}) {
      if (epoch >= std::max(1.0, std::floor(epochs * milestone))) rate /= 2;
    }
    return rate;
  }
  if (schedule == "halving") {
    return learning_rate * std::pow(0.5, std::max(0.0, epoch + 1 - std::floor(epochs / 2)));
  }
  if (schedule == "tenths") {
    const double tenths = std::floor((epoch - epochs / 2) / (epochs / 10));
    return learning_rate * std::pow(0.5, std::max(0.0, tenths));
  }
  return learning_rate;
}

Optimizer::Optimizer(OptimizerConfig config, std::vector<at::Tensor> parameters)
    : config_(std::move(config)), parameters_(std::move(parameters)) {
  for (at::Tensor& parameter : parameters_) {
    parameter.requires_grad_();
    index_[parameter.unsafeGetTensorImpl()] = index_.size();
    if (plain()) continue;  // the kernel then takes no buffers
    first_.push_back(at::zeros_like(parameter.detach()));
    if (config_.kind == "sgd") continue;
    second_.push_back(at::zeros_like(parameter.detach()));
    steps_.push_back(
        at::zeros({}, at::TensorOptions().dtype(at::kFloat).device(parameter.device())));
  }
}

Update Optimizer::TakeGradients() {
  Update update;
  for (const at::Tensor& parameter : parameters_) {
    if (!parameter.grad().defined()) continue;
    update.Add(parameter, parameter.grad());
    parameter.mutable_grad() = at::Tensor();
  }
  return update;
}

void Optimizer::Step(const Update& update, const Progress& progress) {
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> parameters, given, first, second, highest, steps;
  for (std::size_t k = 0; k < update.parameters.size(); ++k) {
    const std::size_t i = index_.at(update.parameters[k].unsafeGetTensorImpl());
    parameters.push_back(parameters_[i].detach());
    // The fused kernels walk memory, so a direction must lie as its parameter does.
    given.push_back(update.directions[k].contiguous(parameters_[i].suggest_memory_format()));
    if (!first_.empty()) first.push_back(first_[i]);
    if (config_.kind == "sgd") continue;
    second.push_back(second_[i]);
    steps.push_back(steps_[i]);
    steps_[i].add_(1);
  }
  if (parameters.empty()) return;
  const double rate = config_.RateAt(progress);
  if (config_.kind == "sgd") {
    at::_fused_sgd_(parameters, given, first, config_.weight_decay, config_.momentum, rate, 0,
                    false, false, false);
  } else if (config_.kind == "adamw") {
    at::_fused_adamw_(parameters, given, first, second, highest, steps, rate, config_.beta1,
                      config_.beta2, config_.weight_decay, config_.epsilon, false, false);
  } else {
    at::_fused_adam_(parameters, given, first, second, highest, steps, rate, config_.beta1,
                     config_.beta2, config_.weight_decay, config_.epsilon, false, false);
  }
}

void Optimizer::Step(const at::Tensor& weight, const FactoredGradient& gradient,
                     const Progress& progress) {
  const double rate = config_.RateAt(progress);
  AddOuterProducts(weight.detach(), gradient.errors, gradient.inputs,
                   1 - rate * config_.weight_decay, -rate);
}

void Optimizer::Visit(StateVisitor& visitor) {
  for (std::size_t i = 0; i < first_.size(); ++i)
    visitor.Tensor("first" + std::to_string(i), first_[i]);
  for (std::size_t i = 0; i < second_.size(); ++i)
    visitor.Tensor("second" + std::to_string(i), second_[i]);
  for (std::size_t i = 0; i < steps_.size(); ++i)
    visitor.Tensor("steps" + std::to_string(i), steps_[i]);
}

}  // namespace plasticity
