// Fine-tuning: after the rule has learned without labels, network and head are trained end to end
// by backpropagation on the labelled images, with dropout before the head. With few labelled images
// (task.labelled_images) this is semi-supervised learning.
// Source: Lagani et al. 2022, FastHebb (arXiv 2207.03172), and its code's configs (*_ft): SGD with
// momentum 0.9, rate 1e-3 halved in every epoch of the second half, 20 epochs, batch 64, dropout
// 0.5, weight decay 5e-2 for CIFAR-10.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "suite/base/error.h"
#include "suite/ops/dropout.h"
#include "suite/optimizer.h"
#include "suite/readout.h"

namespace plasticity {
namespace {

class FineTuning final : public Readout {
 public:
  static ReadoutInfo Describe() {
    return {.name = "finetune",
            .summary = "network and linear head trained end to end after the rule",
            .source = "Lagani et al. 2022 (arXiv 2207.03172)",
            .fine_tunes = true};
  }

  explicit FineTuning(Params& params)
      : config_(OptimizerConfig::Declare(
            params,
            {.kind = "sgd", .learning_rate = 1e-3, .weight_decay = 5e-2, .schedule = "halving"})),
        epochs_(params.Integer("epochs", 20, Range{.min = 1}, "passes over the labelled images")),
        batch_size_(params.Integer("batch_size", 64, Range{.min = 2}, "images a step", "images")),
        dropout_(params.Real("dropout", 0.5, Range{.min = 0, .max = 0.99},
                             "share of features set to zero")) {}

  void Attach(const RuleInfo& rule, Network& network, std::int64_t feature_count,
              std::int64_t) override {
    if (feature_count != network.feature_count() || network.blocks().empty()) {
      throw InputError(
          fmt::format("{} has no network to fine-tune. Use the readout linear.", rule.name));
    }
    network_ = &network;
    std::vector<at::Tensor> parameters = {network.head().weight, network.head().bias};
    for (const Block& block : network.blocks()) {
      for (const at::Tensor& parameter : block.Parameters()) parameters.push_back(parameter);
    }
    parameters_ = std::move(parameters);
  }

  void FineTune(const LabelledImages& train, Session& session) override {
    const Session::PhaseTimer timer(session, "readout");
    MakeOptimizer();
    const std::int64_t batches = (train.count + batch_size_ - 1) / batch_size_;
    const Streams& streams = network_->streams();
    for (; epoch_ < epochs_; ++epoch_) {
      session.Checkpoint();
      const std::vector<std::int64_t> order =
          streams.For("readout.order", static_cast<std::uint64_t>(epoch_)).Permutation(train.count);
      double total_loss = 0;
      for (std::int64_t batch = 0; batch < batches; ++batch) {
        const std::int64_t step = epoch_ * batches + batch;
        const std::int64_t first = batch * batch_size_;
        const std::int64_t count = std::min(batch_size_, train.count - first);
        if (count < 2) continue;  // batch statistics need two
        const auto [images, labels] = train.batch(order.data() + first, count);
        at::Tensor x = images;
        for (Block& block : network_->blocks()) x = block.Forward(x, true);
        const at::Tensor kept =
            GatherWithDropout(at::ones({count, network_->feature_count()}, images.options()),
                              at::arange(count, labels.options()), dropout_,
                              streams.For("readout.dropout", static_cast<std::uint64_t>(step)));
        const at::Tensor loss =
            objective().Loss(network_->head().Forward(network_->Readable(x) * kept),
                             {.labels = labels});
        loss.backward();
        optimizer_.Step(
            optimizer_.TakeGradients(),
            {.step = step, .steps = epochs_ * batches, .epoch = epoch_, .epochs = epochs_});
        total_loss += loss.item<double>() * static_cast<double>(count);
        session.Show("readout", step + 1, epochs_ * batches, "steps");
      }
      curve_.push_back(total_loss / static_cast<double>(train.count));
    }
    session.result.records["loss.readout"] = {.axes = {"epoch"}, .unit = "nats", .values = curve_};
  }

  at::Tensor Scores(const at::Tensor& features) override {
    const at::NoGradGuard no_gradients;
    return network_->head().Forward(features);
  }

  void Visit(StateVisitor& visitor) override {
    visitor.Value("started", started_);
    if (started_) {
      MakeOptimizer();
      optimizer_.Visit(visitor);
    }
    visitor.Value("epoch", epoch_);
    visitor.Json("curve", curve_);
  }

 private:
  // Only once the rule is done, whose weights want no gradients.
  void MakeOptimizer() {
    if (made_) return;
    optimizer_ = Optimizer(config_, parameters_);
    made_ = started_ = true;
  }

  OptimizerConfig config_;
  std::int64_t epochs_;
  std::int64_t batch_size_;
  double dropout_;
  Network* network_ = nullptr;
  std::vector<at::Tensor> parameters_;
  Optimizer optimizer_;
  bool made_ = false;
  bool started_ = false;
  std::int64_t epoch_ = 0;
  nlohmann::json curve_ = nlohmann::json::array();  // mean training loss an epoch, nats
};
PLASTICITY_REGISTER(Readout, FineTuning);

}  // namespace
}  // namespace plasticity
