// Image classification: the rule learns on the training images, a readout turns its features into
// classes. The validation images are the last of the training split, by index. The test split is
// read once, at the end.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "suite/base/error.h"
#include "suite/base/text.h"
#include "suite/task.h"
#include "tasks/image_loader.h"

namespace plasticity {
namespace {

constexpr std::int64_t kForwardBatch = 200;  // images passed through a frozen network at once

class Classification final : public Task {
 public:
  static TaskInfo Describe() {
    return {.name = "classification",
            .version = 1,
            .summary = "learn features, then classify the test images"};
  }

  explicit Classification(Params& params)
      : epochs_(params.Integer("epochs", 1, Range{.min = 0},
                               "passes of the rule over the training images")),
        samples_(params.Integer(
            "samples", 0, kNonNegative,
            "images the rule learns from in all, repeats counted, instead of epochs; 0: by epochs",
            "images")),
        validation_images_(params.Integer("validation_images", 5000, kNonNegative,
                                          "training images set aside, the last by index",
                                          "images")),
        labelled_images_(params.Integer(
            "labelled_images", 0, kNonNegative,
            "training images that a readout is fitted on, the first by index; 0: all", "images")) {}

  Work Estimate(const Dataset& data) const override {
    const std::int64_t train = TrainImages(data);
    const std::int64_t labelled = LabelledCount(data);
    return {.learning_images = LearningImages(train),
            .forward_images = labelled + (data.train.count - train) + data.test.count,
            .readout_images = labelled};
  }

  void Run(Experiment& e) override {
    const ImageLoader loader(e.data, e.network.input(), e.network.device());
    const std::int64_t train = TrainImages(e.data);
    Result& result = e.session.result;
    result.dataset["split_sizes"] = {
        {"train", train}, {"validation", e.data.train.count - train}, {"test", e.data.test.count}};
    if (phase_ == "learn") {
      Learn(e, loader, train);
      phase_ = "readout";
    }
    const std::int64_t labelled = LabelledCount(e.data);
    if (e.readout_info.fine_tunes) {
      const auto batch = [&](const std::int64_t* indices, std::int64_t count) {
        return std::pair(loader.Images(e.data.train, indices, count),
                         loader.Labels(e.data.train, indices, count));
      };
      e.readout.FineTune({.count = labelled, .batch = batch}, e.session);
    } else if (!e.readout_info.online) {
      e.readout.Fit(Extract(e, loader, e.data.train, 0, labelled), e.session);
    }
    for (const auto& [name, values] : curves_.items()) {
      result.records[name] = {.axes = {"epoch"}, .unit = "", .values = values};
    }
    const std::int64_t validation = e.data.train.count - train;
    Metric on_validation{.unit = "fraction", .reason = "no validation images were set aside"};
    if (validation > 0) {
      on_validation.value = Accuracy(e, loader, e.data.train, train, validation);
      on_validation.reason.clear();
    }
    result.metrics["accuracy.validation"] = on_validation;
    result.metrics["accuracy.test"] = {
        .value = Accuracy(e, loader, e.data.test, 0, e.data.test.count),
        .unit = "fraction",
        .reason = ""};
    const std::vector<double> diversity = UnitDiversity(e, loader, labelled);
    for (std::size_t i = 0; i < diversity.size(); ++i) {
      result.metrics[fmt::format("unit_diversity.block{}", i + 1)] = {
          .value = diversity[i], .unit = "units", .reason = ""};
    }
    result.selection = {{"split", nullptr},
                        {"reason", "the last step's weights are tested; nothing is selected"}};
  }

  void Visit(StateVisitor& visitor) override {
    visitor.Value("phase", phase_);
    visitor.Value("step", step_);
    visitor.Value("rule_has_loss", rule_has_loss_);
    visitor.Value("rule_loss", rule_loss_);
    visitor.Value("readout_loss", readout_loss_);
    visitor.Value("epoch_images", epoch_images_);
    visitor.Json("curves", curves_);
  }

 private:
  std::int64_t TrainImages(const Dataset& data) const {
    if (validation_images_ >= data.train.count) {
      throw InputError(fmt::format(
          "classification: validation_images = {} leaves none of {}'s {} training images.",
          validation_images_, data.name, Grouped(data.train.count)));
    }
    return data.train.count - validation_images_;
  }

  std::int64_t LabelledCount(const Dataset& data) const {
    const std::int64_t train = TrainImages(data);
    return labelled_images_ == 0 ? train : std::min(labelled_images_, train);
  }

  std::int64_t LearningImages(std::int64_t train) const {
    return samples_ > 0 ? samples_ : epochs_ * train;
  }

  void Learn(Experiment& e, const ImageLoader& loader, std::int64_t train) {
    const std::int64_t budget = LearningImages(train);
    const std::int64_t size = e.rule.batch_size();
    const std::int64_t per_epoch = (train + size - 1) / size;
    const std::int64_t epochs = (budget + train - 1) / train;
    const std::int64_t last = budget - (epochs - 1) * train;  // images of the last epoch
    const std::int64_t steps =
        epochs == 0 ? 0 : (epochs - 1) * per_epoch + (last + size - 1) / size;
    std::vector<std::int64_t> order;
    std::int64_t order_epoch = -1;
    for (; step_ < steps; ++step_) {
      e.session.Checkpoint();
      const Progress progress{
          .step = step_, .steps = steps, .epoch = step_ / per_epoch, .epochs = epochs,
          .draw = static_cast<std::uint64_t>(step_)};
      if (order_epoch != progress.epoch) {
        order_epoch = progress.epoch;
        order = e.streams.For("order", static_cast<std::uint64_t>(order_epoch)).Permutation(train);
      }
      const std::int64_t in_epoch = progress.epoch == epochs - 1 ? last : train;
      const std::int64_t start = step_ % per_epoch * size;
      const std::int64_t count = std::min(size, in_epoch - start);
      if (count > 1 || size == 1)
        Step(e, loader, order.data() + start, count, progress);  // batch statistics need two
      e.session.Show("learn", e.session.result.cost.samples_seen, budget, "images");
      const bool epoch_ends = start + size >= in_epoch;
      CheckFinite(e, progress, epoch_ends || step_ % 50 == 49);
      if (epoch_ends) EndEpoch(e, loader, train);
    }
  }

  void Step(Experiment& e, const ImageLoader& loader, const std::int64_t* indices,
            std::int64_t count, const Progress& progress) {
    Batch batch{.images = {}, .labels = {}, .features_wanted = e.readout_info.online};
    at::Tensor labels;
    {
      const Session::PhaseTimer timer(e.session, "data");
      batch.images = loader.Images(e.data.train, indices, count);
      labels = loader.Labels(e.data.train, indices, count);
    }
    if (e.rule_info.needs_labels) batch.labels = labels;
    {
      const Session::PhaseTimer timer(e.session, "learn");
      const StepReport report = e.rule.Step(batch, progress);
      if (report.looked) e.session.result.cost.samples_seen += count;
      if (report.loss.defined()) {
        rule_has_loss_ = true;
        rule_loss_ += report.loss.item<double>() * static_cast<double>(count);
      }
      if (e.readout_info.online && report.features.defined()) {
        const StepReport beside =
            e.readout.Learn(report.features, {.labels = labels}, progress);
        e.readout.Commit(progress);
        if (beside.loss.defined())
          readout_loss_ += beside.loss.item<double>() * static_cast<double>(count);
      }
    }
    epoch_images_ += count;
  }

  void CheckFinite(Experiment& e, const Progress& progress, bool weights_too) const {
    bool finite = std::isfinite(rule_loss_) && std::isfinite(readout_loss_);
    for (const Block& block : e.network.blocks()) {
      if (!weights_too) break;
      finite = finite && std::isfinite(block.layer.weight.detach().abs().sum().item<double>());
    }
    if (!finite)
      throw Diverged(
          fmt::format("loss or weights are not finite after step {}", progress.step + 1));
  }

  void EndEpoch(Experiment& e, const ImageLoader& loader, std::int64_t train) {
    const auto images = static_cast<double>(std::max<std::int64_t>(1, epoch_images_));
    if (rule_has_loss_) curves_["loss.rule"].push_back(rule_loss_ / images);
    const nlohmann::json monitored = e.rule.Monitor();
    for (const auto& [name, value] : monitored.items()) curves_["rule." + name].push_back(value);
    if (e.readout_info.online) {
      curves_["loss.readout"].push_back(readout_loss_ / images);
      const std::int64_t validation = e.data.train.count - train;
      if (validation > 0) {
        curves_["accuracy.validation"].push_back(
            Accuracy(e, loader, e.data.train, train, validation));
      }
    }
    rule_loss_ = readout_loss_ = 0;
    epoch_images_ = 0;
  }

  // Over the first training images: what the units say differently, whatever was learned.
  static std::vector<double> UnitDiversity(Experiment& e, const ImageLoader& loader,
                                           std::int64_t count) {
    std::vector<std::int64_t> indices(static_cast<std::size_t>(std::min(kForwardBatch, count)));
    std::iota(indices.begin(), indices.end(), 0);
    const Session::PhaseTimer timer(e.session, "evaluate");
    return e.network.UnitDiversity(
        loader.Images(e.data.train, indices.data(), static_cast<std::int64_t>(indices.size())));
  }

  // Features of images first to first + count - 1 by index.
  LabelledFeatures Extract(Experiment& e, const ImageLoader& loader, const Split& split,
                           std::int64_t first, std::int64_t count) {
    const at::NoGradGuard no_gradients;
    std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
    std::iota(indices.begin(), indices.end(), first);
    const std::int64_t width = e.rule.FeatureCount(e.data.image_bytes());
    LabelledFeatures all{at::empty({count, width}, at::TensorOptions().device(e.network.device())),
                         loader.Labels(split, indices.data(), count)};
    for (std::int64_t start = 0; start < count; start += kForwardBatch) {
      // While the rule learns, the state is complete between steps only.
      if (phase_ != "learn") e.session.Checkpoint();
      const std::int64_t some = std::min(kForwardBatch, count - start);
      at::Tensor images;
      {
        const Session::PhaseTimer timer(e.session, "data");
        images = loader.Images(split, indices.data() + start, some);
      }
      {
        const Session::PhaseTimer timer(e.session, "features");
        all.features.slice(0, start, start + some).copy_(e.rule.Features(images));
      }
      if (count > kForwardBatch) e.session.Show("features", start + some, count, "images");
    }
    return all;
  }

  double Accuracy(Experiment& e, const ImageLoader& loader, const Split& split, std::int64_t first,
                  std::int64_t count) {
    const at::NoGradGuard no_gradients;
    std::int64_t right = 0;
    for (std::int64_t start = 0; start < count; start += kForwardBatch) {
      const LabelledFeatures part =
          Extract(e, loader, split, first + start, std::min(kForwardBatch, count - start));
      const Session::PhaseTimer timer(e.session, "evaluate");
      const at::Tensor scores = e.readout.Scores(part.features);
      if (!at::isfinite(scores).all().item<bool>())
        throw Diverged("the readout's scores are not finite");
      right += scores.argmax(1).eq(part.labels).sum().item<std::int64_t>();
      e.session.Show("evaluate", start + part.labels.size(0), count, "images");
    }
    return static_cast<double>(right) / static_cast<double>(count);
  }

  std::int64_t epochs_;
  std::int64_t samples_;
  std::int64_t validation_images_;
  std::int64_t labelled_images_;

  std::string phase_ = "learn";
  std::int64_t step_ = 0;
  std::int64_t epoch_images_ = 0;
  bool rule_has_loss_ = false;
  double rule_loss_ = 0;
  double readout_loss_ = 0;
  nlohmann::json curves_ = nlohmann::json::object();  // an array each, one value an epoch
};
PLASTICITY_REGISTER(Task, Classification);

}  // namespace
}  // namespace plasticity
