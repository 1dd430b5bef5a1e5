#include "suite/local_loss_rule.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "suite/base/error.h"

namespace plasticity {
namespace {

// What a rule gave as its loss. Throws RunError where no gradient can be taken of it.
at::Tensor Checked(const at::Tensor& loss) {
  if (!loss.defined()) throw RunError("Loss: it is undefined, want a scalar");
  if (loss.numel() != 1)
    throw RunError(fmt::format("Loss: it is [{}], want a scalar", fmt::join(loss.sizes(), ", ")));
  if (!loss.requires_grad())
    throw RunError(
        "Loss: it follows from nothing that is trained: compute it from the block's output, "
        "without detach()");
  return loss;
}

}  // namespace

LocalLossRule::LocalLossRule(Params& params, std::int64_t batch_size,
                             const OptimizerConfig& defaults)
    : Rule(params, batch_size), config_(OptimizerConfig::Declare(params, defaults)) {}

void LocalLossRule::Attach(Network& network) {
  Rule::Attach(network);
  std::vector<at::Tensor> parameters;
  for (const Block& block : network.blocks()) {
    for (const at::Tensor& parameter : block.Parameters()) parameters.push_back(parameter);
  }
  modules_.clear();
  for (std::size_t i = 0; i < network.blocks().size(); ++i) {
    modules_.push_back(MakeModules(network, i));
    for (const auto& [name, parameter] : modules_.back()) parameters.push_back(parameter);
  }
  optimizer_ = Optimizer(config_, parameters);
}

// Forward, and the weights' gradient; none goes to a block's input.
double LocalLossRule::learn_flops() const { return 2 * views() * Rule::learn_flops(); }

at::Tensor LocalLossRule::Encode(const at::Tensor& images) {
  const at::NoGradGuard no_gradients;
  at::Tensor x = images;
  for (Block& block : network().blocks()) x = block.Forward(Receive(x), false);
  return Receive(x);
}

StepReport LocalLossRule::ComputeGradients(const Batch& batch, const Progress& progress) {
  const Batch prepared = Prepare(batch, progress);
  at::Tensor x = prepared.images;
  at::Tensor total;
  std::size_t index = 0;
  for (Block& block : network().blocks()) {
    const at::Tensor input = Receive(x).detach();
    const at::Tensor output = block.Inner(input, true);
    const at::Tensor loss = Checked(Loss(index++, input, output, prepared));
    loss.backward();
    total = total.defined() ? total + loss.detach() : loss.detach();
    x = block.Skip(input, output.detach());
  }
  StepReport report{.features = {}, .loss = total};
  if (prepared.images.is_same(batch.images)) {
    report.features = network().Readable(Receive(x));
  } else if (batch.features_wanted) {
    report.features = Features(batch.images);
  }
  return report;
}

StepReport LocalLossRule::Learn(const Batch& batch, const Progress& progress) {
  StepReport report = ComputeGradients(batch, progress);
  update() = optimizer_.TakeGradients();
  return report;
}

void LocalLossRule::Commit(const Progress& progress) { optimizer_.Step(update(), progress); }

void LocalLossRule::Visit(StateVisitor& visitor) {
  ScopedVisitor optimizer(visitor, "optimizer");
  optimizer_.Visit(optimizer);
  for (std::size_t i = 0; i < modules_.size(); ++i) {
    ScopedVisitor block(visitor, "modules.block" + std::to_string(i + 1));
    VisitTensors(block, modules_[i]);
  }
}

}  // namespace plasticity
