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

  void Fit(const LabelledFeatures& train, Session& session) override {
    const at::NoGradGuard no_gradients;
    const std::int64_t count = train.features.size(0);
    const std::int64_t batches = (count + batch_size_ - 1) / batch_size_;
    const Session::PhaseTimer timer(session, "readout");
    for (; epoch_ < epochs_; ++epoch_) {
      session.Checkpoint();
      const std::vector<std::int64_t> shuffled =
          streams_->For("readout.order", epoch_).Permutation(count);
      const at::Tensor order = at::tensor(shuffled, at::kLong).to(train.features.device());
      at::Tensor total_loss = at::zeros({}, train.features.options());
      for (std::int64_t batch = 0; batch < batches; ++batch) {
        const std::int64_t step = epoch_ * batches + batch;
        const at::Tensor chosen =
            order.slice(0, batch * batch_size_, std::min(count, (batch + 1) * batch_size_));
        const at::Tensor x = GatherWithDropout(train.features, chosen, dropout_,
                                               streams_->For("readout.dropout", step));
        const auto [loss, error] = objective().SlopeAt(
            linear_.Forward(x), {.labels = train.labels.index_select(0, chosen)});
        total_loss += loss * static_cast<double>(chosen.size(0));
        Update update;
        update.Add(linear_.weight, error.t().mm(x));
        update.Add(linear_.bias, error.sum(0));
        optimizer_.Step(
            update,
            {.step = step, .steps = epochs_ * batches, .epoch = epoch_, .epochs = epochs_});
        session.Show("readout", step + 1, epochs_ * batches, "steps");
      }
      curve_.push_back(total_loss.item<double>() / static_cast<double>(count));
    }
    session.result.records["loss.readout"] = {.axes = {"epoch"}, .unit = "nats", .values = curve_};
  }

  at::Tensor Scores(const at::Tensor& features) override {
    const at::NoGradGuard no_gradients;
    return linear_.Forward(features);
  }

  void Visit(StateVisitor& visitor) override {
    linear_.Visit(visitor);
    optimizer_.Visit(visitor);
    visitor.Value("epoch", epoch_);
    visitor.Json("curve", curve_);
  }

 private:
  OptimizerConfig config_;
  std::int64_t epochs_;
  std::int64_t batch_size_;
  double dropout_;
  const Streams* streams_ = nullptr;
  Linear linear_;
  Optimizer optimizer_;
  std::int64_t epoch_ = 0;
  nlohmann::json curve_ = nlohmann::json::array();  // mean training loss an epoch, nats
};
PLASTICITY_REGISTER(Readout, LinearReadout);

}  // namespace
}  // namespace plasticity
