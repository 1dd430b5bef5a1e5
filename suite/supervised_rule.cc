#include "suite/supervised_rule.h"

#include <ATen/ATen.h>

namespace plasticity {

SupervisedRule::SupervisedRule(Params& params, std::int64_t batch_size)
    : Rule(params, batch_size),
      config_(OptimizerConfig::Declare(params, {.learning_rate = 1e-3,
                                                .weight_decay = 0.05,
                                                .schedule = "cosine",
                                                .min_learning_rate = 1e-6})) {}

void SupervisedRule::Attach(Network& network) {
  Rule::Attach(network);
  std::vector<at::Tensor> parameters;
  for (const Block& block : network.blocks()) {
    for (const at::Tensor& parameter : block.Parameters()) parameters.push_back(parameter);
  }
  parameters.insert(parameters.end(), {network.head().weight, network.head().bias});
  optimizer_ = Optimizer(config_, parameters);
}

StepReport SupervisedRule::Learn(const Batch& batch, const Progress& progress) {
  StepReport report = ComputeGradients(batch, progress);
  update() = optimizer_.TakeGradients();
  return report;
}

void SupervisedRule::Commit(const Progress& progress) { optimizer_.Step(update(), progress); }

void SupervisedRule::Visit(StateVisitor& visitor) {
  ScopedVisitor optimizer(visitor, "optimizer");
  optimizer_.Visit(optimizer);
}

void RunningStatisticsGuard::Keep(const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.requires_grad()) saved_.emplace_back(tensor, tensor.clone());
  }
}

RunningStatisticsGuard::~RunningStatisticsGuard() {
  for (auto& [tensor, values] : saved_) tensor.copy_(values);
}

}  // namespace plasticity
