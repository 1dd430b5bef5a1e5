// A linear readout on frozen features, with dropout: SoftHebb's protocol (demo.py), whose settings
// are the defaults. Features are computed once and kept in memory; that code passes every image
// through the frozen network in every epoch, with the same numbers.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "suite/ops/dropout.h"
#include "suite/optimizer.h"
#include "suite/readout.h"

namespace plasticity {
namespace {

class LinearReadout final : public Readout {
 public:
  static ReadoutInfo Describe() {
    return {.name = "linear",
            .summary = "linear with dropout, trained with cross-entropy on frozen features",
            .source = "SoftHebb demo.py; Journe et al. 2023"};
  }

  explicit LinearReadout(Params& params)
      : config_(OptimizerConfig::Declare(
            params, {.kind = "adam", .learning_rate = 1e-3, .schedule = "steps"})),
        epochs_(params.Integer("epochs", 50, Range{.min = 1}, "passes over the features")),
        batch_size_(params.Integer("batch_size", 64, Range{.min = 1}, "features a step", "images")),
        dropout_(params.Real("dropout", 0.5, Range{.min = 0, .max = 0.99},
                             "share of features set to zero")) {}

  void Attach(const RuleInfo&, Network& network, std::int64_t feature_count,
              std::int64_t classes) override {
    streams_ = &network.streams();
    linear_ = Linear(feature_count, classes, streams_->For("weights.readout"), network.device());
    optimizer_ = Optimizer(config_, {linear_.weight, linear_.bias});
  }

  std::optional<Passes> passes() const override { return Passes{epochs_, batch_size_}; }

  StepReport Learn(const at::Tensor& features, const at::Tensor& rows, const Batch& batch,
                   const Progress& progress) override {
    const at::NoGradGuard no_gradients;
    const at::Tensor x = GatherWithDropout(features, rows, dropout_,
                                           streams_->For("readout.dropout", progress.draw));
    const auto [loss, error] = objective().SlopeAt(linear_.Forward(x), batch);
    update() = {};
    update().Add(linear_.weight, error.t().mm(x));
    update().Add(linear_.bias, error.sum(0));
    return {.loss = loss};
  }

  void Commit(const Progress& progress) override { optimizer_.Step(update(), progress); }

  at::Tensor Scores(const at::Tensor& features) override { return linear_.Forward(features); }

  void Visit(StateVisitor& visitor) override {
    linear_.Visit(visitor);
    optimizer_.Visit(visitor);
  }

 private:
  OptimizerConfig config_;
  std::int64_t epochs_;
  std::int64_t batch_size_;
  double dropout_;
  const Streams* streams_ = nullptr;
  Linear linear_;
  Optimizer optimizer_;
};
PLASTICITY_REGISTER(Readout, LinearReadout);

}  // namespace
}  // namespace plasticity
