// Robustness: a network and readout that learned from clean images classify changed ones: the ten
// corruptions of CIFAR-10-C that need no outside data, five severities each, and images that an
// attacker with the gradient changed. Source: Hendrycks & Dietterich 2019 (arXiv 1903.12261);
// Goodfellow et al. 2015 (arXiv 1412.6572) and Madry et al. 2018 (arXiv 1706.06083).
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <tuple>

#include "suite/learning.h"
#include "suite/task.h"
#include "tasks/changes/attacks.h"
#include "tasks/changes/corruptions.h"
#include "tasks/changes/pixels.h"
#include "tasks/metrics/judged.h"

namespace plasticity {
namespace {

class Robustness final : public Task {
 public:
  static TaskInfo Describe() {
    TaskInfo info{
        .name = "robustness",
        .version = 1,
        .summary = "learn from clean images, then classify corrupted and attacked ones",
        .metrics =
            {{.name = "robustness.accuracy",
              .unit = "fraction",
              .definition = "test accuracy averaged over ten corruptions of five severities"},
             {.name = "robustness.relative",
              .unit = "fraction",
              .definition = "robustness.accuracy over the accuracy on the same images as they "
                            "are"},
             {.name = "robustness.corruption.*",
              .unit = "fraction",
              .definition = "test accuracy under one corruption, averaged over severities"},
             {.name = "robustness.attack.*",
              .unit = "fraction",
              .definition = "test accuracy on attacked images: FGSM or PGD of 10 steps, values "
                            "moved by at most so many 255ths of white"}},
        .common = {{"data", "cifar10"},
                   {"network", "sphere-cnn"},
                   {"readout", "linear"},
                   {"precision", "float32"},
                   {"set", {{"network.width", 0.25}}}}};
    for (const MetricInfo& metric : JudgedMetrics({"test", "clean"}))
      info.metrics.push_back(metric);
    return info;
  }

  explicit Robustness(Params& params)
      : learning_(Learning::Declare(params)),
        changed_images_(params.Integer("changed_images", 1000, Range{.min = 1},
                                       "test images that are corrupted, the first by index",
                                       "images")),
        attacked_images_(params.Integer("attacked_images", 500, kNonNegative,
                                        "test images that are attacked, the first by index",
                                        "images")),
        radii_(params.List("radii", {2, 8}, kPositive, "how far attacks go, in 255ths of white")) {}

  void Run(Lab& lab) override {
    const Splits data = lab.Open(learning_.validation_images);
    Learner& learner = lab.NewLearner("learner", data);
    lab.Train(learner, learning_.images(lab, learner, data), learning_.budget());
    lab.Fit(learner, data.train);
    lab.record().Judged("test", lab.Judge(learner, data.test), kNoTest);

    const Samples images = First(data.test, changed_images_);
    const Judgement clean = lab.Judge(learner, images);
    lab.record().Judged("clean", clean, kNoTest);
    const std::vector<std::string> names = Corruptions(data.set->shape.channels);
    nlohmann::json table = nlohmann::json::array();
    double sum = 0;
    for (const std::string& name : names) {
      double of_name = 0;
      nlohmann::json row = nlohmann::json::array();
      for (int severity = 1; severity <= kSeverities; ++severity) {
        const Samples changed = Changed(
            images, MakeChange(CorruptionOf(name, severity, data.set->shape), lab.streams()));
        row.push_back(lab.Judge(learner, changed).accuracy().value_or(0));
        of_name += row.back().get<double>() / kSeverities;
      }
      lab.record().Metric("robustness.corruption." + name, IfTested(images, of_name), kNoTest,
                          clean.chance());
      sum += of_name;
      table.push_back(row);
    }
    if (images.size() > 0)
      lab.record().Record("robustness.accuracy", {"corruption", "severity"}, "fraction", table);
    const double mean = sum / static_cast<double>(names.size());
    lab.record().Metric("robustness.accuracy", IfTested(images, mean), kNoTest, clean.chance());
    lab.record().Metric("robustness.relative",
                        clean.right > 0 ? std::optional(mean / *clean.accuracy()) : std::nullopt,
                        images.size() == 0 ? kNoTest : "no image is classified right as it is");
    Attack(lab, learner, data);
  }

 private:
  static constexpr int kSeverities = 5;
  static constexpr const char* kNoTest = "a cell that tunes tests nothing";

  static std::optional<double> IfTested(const Samples& images, double value) {
    return images.size() > 0 ? std::optional(value) : std::nullopt;
  }

  void Attack(Lab& lab, Learner& learner, const Splits& data) const {
    const Samples images = First(data.test, attacked_images_);
    const std::string obstacle = Obstacle(lab, learner, data);
    for (const double radius : radii_) {
      for (const auto& [name, steps, share] :
           {std::tuple{"fgsm", 1, 1.0}, std::tuple{"pgd", 10, 0.25}}) {
        const std::string metric = fmt::format("robustness.attack.{}.{:g}", name, radius);
        if (images.size() == 0 || !obstacle.empty()) {
          lab.record().Metric(metric, std::nullopt, images.size() == 0 ? kNoTest : obstacle);
          continue;
        }
        const PixelScale scale = PixelScale::Of(*data.set, learner.network());
        const AttackBounds bounds{radius / 255 / scale.deviation,
                                  scale.FromPixels(at::zeros_like(scale.mean)),
                                  scale.FromPixels(at::ones_like(scale.mean))};
        const Judgement judgement = lab.Judge(learner, images, [&](const Batch& batch) {
          return Attacked(
              batch.images, batch.labels, [&](const at::Tensor& x) { return Scores(learner, x); },
              bounds, steps, share);
        });
        lab.record().Metric(metric, judgement.accuracy());
      }
    }
  }

  static at::Tensor Scores(Learner& learner, const at::Tensor& images) {
    Network& network = learner.network();
    return learner.readout().Scores(
        network.Readable(network.Through(images, network.blocks().size())));
  }

  // Why gradients cannot tell an attacker where to go; "" where they can.
  static std::string Obstacle(Lab& lab, Learner& learner, const Splits& data) {
    if (!learner.readout_info().logits) return "the readout's scores are no logits";
    if (learner.network().MixesPixels()) return "the network's input is zca, which mixes pixels";
    const at::Tensor images = lab.Images(learner, First(data.train, 8));
    const at::Tensor features = learner.Features(images);
    Network& network = learner.network();
    const at::Tensor by_network =
        network.Readable(network.Through(images, network.blocks().size()));
    if (features.sizes() != by_network.sizes() || !at::allclose(features, by_network, 1e-4, 1e-5))
      return "the rule's features are not the network's alone";
    return "";
  }

  Learning learning_;
  std::int64_t changed_images_;
  std::int64_t attacked_images_;
  std::vector<double> radii_;
};
PLASTICITY_REGISTER(Task, Robustness);

}  // namespace
}  // namespace plasticity
