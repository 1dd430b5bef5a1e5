#include "suite/local_loss_rule.h"

#include <ATen/ATen.h>

namespace plasticity {

LocalLossRule::LocalLossRule(Params& params, std::int64_t batch_size,
                             const OptimizerConfig& defaults)
    : Rule(params, batch_size), config_(OptimizerConfig::Declare(params, defaults)) {}

void LocalLossRule::Attach(Network& network) {
  Rule::Attach(network);
  std::vector<at::Tensor> parameters;
  for (const Block& block : network.blocks()) {
    for (const at::Tensor& parameter : block.Parameters()) parameters.push_back(parameter);
  }
  for (const at::Tensor& parameter : MakeModules(network)) parameters.push_back(parameter);
  optimizer_ = Optimizer(config_, parameters);
  learn_flops_ =
      2 *
      network.forward_flops();  // forward, and the weights' gradient; none goes to a block's input
}

StepReport LocalLossRule::ComputeGradients(const Batch& batch) {
  at::Tensor x = batch.images;
  at::Tensor total;
  std::size_t index = 0;
  for (Block& block : network().blocks()) {
    const at::Tensor input = x.detach();
    const at::Tensor output = block.Inner(input, true);
    const at::Tensor loss = Loss(index++, input, output, batch.labels);
    loss.backward();
    total = total.defined() ? total + loss.detach() : loss.detach();
    x = block.Skip(input, output.detach());
  }
  return {.features = network().Readable(x), .loss = total};
}

StepReport LocalLossRule::Step(const Batch& batch, const Progress& progress) {
  StepReport report = ComputeGradients(batch);
  optimizer_.Step(progress);
  return report;
}

void LocalLossRule::Visit(StateVisitor& visitor) {
  ScopedVisitor optimizer(visitor, "optimizer");
  optimizer_.Visit(optimizer);
  ScopedVisitor modules(visitor, "modules");
  VisitModules(modules);
}

}  // namespace plasticity
