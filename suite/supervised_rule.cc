#include "suite/supervised_rule.h"

#include <ATen/ATen.h>

#include "suite/ops/dense.h"

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
  if (!optimizer_.plain()) return;
  for (Block& block : network.blocks())
    if (!block.layer.convolutional && block.layer.precision != Precision::kBfloat16)
      block.layer.gradient = std::make_shared<FactoredGradient>();
}

StepReport SupervisedRule::Learn(const Batch& batch, const Progress& progress) {
  for (const Block& block : network().blocks()) {
    if (!block.layer.gradient) continue;
    block.layer.gradient->wanted = !batch.directions_wanted;
    block.layer.gradient->Clear();
  }
  StepReport report = ComputeGradients(batch, progress);
  update() = optimizer_.TakeGradients();
  for (const Block& block : network().blocks())  // other passes' gradients are no step's
    if (block.layer.gradient) block.layer.gradient->wanted = false;
  return report;
}

void SupervisedRule::Commit(const Progress& progress) {
  optimizer_.Step(update(), progress);
  for (const Block& block : network().blocks()) {
    if (!block.layer.gradient || !block.layer.gradient->errors.defined()) continue;
    optimizer_.Step(block.layer.weight, *block.layer.gradient, progress);
    block.layer.gradient->Clear();
  }
}

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
