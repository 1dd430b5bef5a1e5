// What was learnt: the rule learns, and its network is looked at. First-layer weights as pictures;
// of each block how many directions its activations use, how many units are silent, how far its
// representation moved from the network's start (linear CKA), and which units' weights settled at
// length 1; and, from the start of the training to its end, the angle between each block's update
// and backprop's on the same batch, the one number that theories of local learning argue about.
// Source of the angle: Lillicrap et al. 2016; backprop's gradient comes through the head that the
// rule trains, where it trains one, else through the best linear head (ridge regression on the
// features of the moment), since a local rule has none.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "suite/learning.h"
#include "suite/ops/cka.h"
#include "suite/ops/convolution.h"
#include "suite/task.h"
#include "tasks/metrics/judged.h"
#include "tasks/metrics/picture_grid.h"
#include "tasks/metrics/representation.h"

namespace plasticity {
namespace {

// The direction of `weight` in an update; undefined where it has none.
at::Tensor DirectionOf(const Update& update, const at::Tensor& weight) {
  for (std::size_t i = 0; i < update.parameters.size(); ++i)
    if (update.parameters[i].is_same(weight)) return update.directions[i];
  return {};
}

std::optional<double> IfNumber(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

class Probe final : public Task {
 public:
  static TaskInfo Describe() {
    TaskInfo info{.name = "probe",
                  .version = 2,
                  .summary = "learn features, and look at what was learnt",
                  .metrics = JudgedMetrics({"test"}),
                  .common = {{"data", "cifar10"},
                             {"network", "sphere-cnn"},
                             {"readout", "linear"},
                             {"precision", "float32"},
                             {"set", {{"network.width", 0.25}}}}};
    for (const auto& [name, unit, definition, higher] :
         {std::tuple{"angle", "degrees",
                     "angle between the rule's update and backprop's on one batch of training "
                     "images, at the end of the training; 90: no relation",
                     false},
          std::tuple{"cka_start", "",
                     "linear CKA between the block's output now and before learning", false},
          std::tuple{"effective_rank", "dimensions",
                     "exp of the entropy of the singular values of the block's output", true},
          std::tuple{"participation", "dimensions",
                     "participation ratio of the covariance of the block's output", true},
          std::tuple{"dead", "fraction", "units that answer no image", false},
          std::tuple{"dormant", "fraction", "units silent at more than 99 % of the positions",
                     false},
          std::tuple{"sparsity", "fraction", "zeros among the block's output", true},
          std::tuple{"settled", "fraction", "units whose weights' length is within 5 % of 1",
                     true}})
      info.metrics.push_back({.name = fmt::format("probe.{}.*", name),
                              .unit = unit,
                              .definition = definition,
                              .higher_is_better = higher});
    return info;
  }

  explicit Probe(Params& params)
      : learning_(Learning::Declare(params)),
        images_(params.Integer(
            "images", 500, Range{.min = 8},
            "training images whose activations are looked at, the first by index", "images")),
        batch_(params.Integer("angle_batch", 128, Range{.min = 2, .max = 200},
                              "training images that both updates are asked for", "images")) {
    params.Part<Rule>("reference", "backprop", "the rule that updates are compared with");
    params.Part<Rule>("start", "random", "the rule of the network as it starts");
    reference_ = params.resolved().at("reference");
    start_ = params.resolved().at("start");
  }

  void Run(Lab& lab) override {
    const Splits data = lab.Open(learning_.validation_images);
    Learner& learner = lab.NewLearner("learner", data);
    Learner& start = lab.NewLearner("start", data, {.rule = start_, .of = &learner});
    Learner& subject = lab.NewLearner("subject", data, {.of = &learner});
    Learner& reference = lab.NewLearner("reference", data, {.rule = reference_});
    const Samples images = learning_.images(lab, learner, data);
    const nlohmann::json looks = lab.Train(learner, images, learning_.budget(),
                                           {.shares = kShares, .look = [&](double) {
                                              subject.StartFrom(learner, true);
                                              reference.StartFrom(learner, true);
                                              return Angles(lab, subject, reference, data);
                                            }});
    RecordAngles(lab, learner, looks);
    // Nothing but what its batch normalisations see, which the learner's have seen, too.
    lab.Train(start, images, learning_.budget());
    RecordRepresentation(lab, learner, start, First(data.train, images_));
    Draw(lab, learner, data);
    lab.Fit(learner, data.train);
    lab.record().Judged("test", lab.Judge(learner, data.test), "a cell that tunes tests nothing");
  }

 private:
  inline static const std::vector<double> kShares = {0, 0.1, 0.25, 0.5, 0.75, 1};

  // The head of the reference becomes the best linear one for the features as they are.
  void GiveHead(Lab& lab, Learner& learner, Learner& reference, const Splits& data) const {
    constexpr std::int64_t kImages = 2000;
    const Samples some = First(data.train, kImages);
    const at::Tensor x = lab.Features(learner, some).to(at::kDouble);
    const at::Tensor labels = at::tensor(some.label, at::kLong);
    const at::Tensor centre = x.mean(0), rows = x - centre;
    const at::Tensor targets = at::one_hot(labels, data.classes()).to(at::kDouble);
    const at::Tensor mean = targets.mean(0);
    const at::Tensor gram = rows.mm(rows.t());
    const at::Tensor ridge = gram.diagonal().mean() * at::eye(rows.size(0), rows.options());
    const at::Tensor weight =
        rows.t().mm(at::linalg_solve(gram + ridge, targets - mean)).t();  // [classes, count]
    Linear& head = reference.network().head();
    const at::NoGradGuard no_gradients;
    head.weight.detach().copy_(weight);
    head.bias.detach().copy_(mean - weight.mv(centre));
  }

  // Of each block, in degrees; null where either has no update.
  nlohmann::json Angles(Lab& lab, Learner& subject, Learner& reference, const Splits& data) const {
    if (subject.feature_count() != reference.feature_count()) return nlohmann::json::array();
    if (!subject.rule_info().trains_head) GiveHead(lab, subject, reference, data);
    nlohmann::json angles = nlohmann::json::array();
    lab.Show(subject, First(data.train, batch_), [&](const Batch& batch) {
      const at::AutoGradMode gradients(true);
      subject.Learn(batch, {});
      reference.Learn(batch, {});
      for (std::size_t i = 0; i < subject.network().blocks().size(); ++i) {
        const at::Tensor of_rule =
            DirectionOf(subject.rule().update(), subject.network().blocks()[i].layer.weight);
        const at::Tensor of_reference =
            DirectionOf(reference.rule().update(), reference.network().blocks()[i].layer.weight);
        const double angle = of_rule.defined() && of_reference.defined()
                                 ? Degrees(Cosine(of_rule.detach(), of_reference.detach()))
                                 : std::nan("");
        angles.push_back(std::isfinite(angle) ? nlohmann::json(angle) : nlohmann::json());
      }
    });
    return angles;
  }

  static void RecordAngles(Lab& lab, Learner& learner, const nlohmann::json& looks) {
    const std::size_t blocks = learner.network().blocks().size();
    bool any = false;
    for (std::size_t i = 0; i < blocks; ++i) {
      const nlohmann::json last = looks.back().size() > i ? looks.back()[i] : nlohmann::json();
      any = any || !last.is_null();
      lab.record().Metric(fmt::format("probe.angle.block{}", i + 1),
                          last.is_null() ? std::nullopt : std::optional(last.get<double>()),
                          "the rule does not update this block's weights on such a batch");
    }
    if (!any) return;
    lab.record().Record("probe.angle", {"look", "block"}, "degrees", looks);
    lab.record().Record("probe.angle.share", {"look"}, "share of the training", kShares);
  }

  static void RecordRepresentation(Lab& lab, Learner& learner, Learner& start,
                                   const Samples& samples) {
    constexpr std::int64_t kRows = 4000;
    const std::size_t blocks = learner.network().blocks().size();
    const nlohmann::json found = lab.Once("representation", [&] {
      const at::NoGradGuard no_gradients;
      std::vector<std::vector<at::Tensor>> now(blocks), before(blocks);
      lab.Show(learner, samples, [&](const Batch& batch) {
        for (const auto& [of, into] : {std::pair{&learner, &now}, std::pair{&start, &before}}) {
          at::Tensor x = batch.images;
          for (std::size_t i = 0; i < blocks; ++i) {
            x = of->network().blocks()[i].Forward(x, false);
            (*into)[i].push_back(x.cpu());
          }
        }
      });
      nlohmann::json values;
      for (std::size_t i = 0; i < blocks; ++i) {
        const at::Tensor output = at::cat(now[i]);
        at::Tensor rows = UnitRows(output);  // [n * positions, units]
        rows = rows.slice(0, 0, rows.size(0), (rows.size(0) + kRows - 1) / kRows);
        const Dimensions dimensions = DimensionsOf(rows);
        const Silence silence = SilenceOf(rows);
        const at::Tensor lengths =
            learner.network().blocks()[i].layer.weight.detach().flatten(1).norm(2, {1});
        const std::vector<std::pair<const char*, double>> measured = {
            {"cka_start", LinearCka(output.flatten(1), at::cat(before[i]).flatten(1))},
            {"effective_rank", dimensions.effective_rank},
            {"participation", dimensions.participation_ratio},
            {"dead", silence.dead},
            {"dormant", silence.dormant},
            {"sparsity", silence.sparsity},
            {"settled", (lengths - 1).abs().lt(0.05).to(at::kDouble).mean().item<double>()}};
        for (const auto& [name, value] : measured)
          values[fmt::format("probe.{}.block{}", name, i + 1)] =
              std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
      }
      return values;
    });
    for (const auto& [name, value] : found.items())
      lab.record().Metric(name, value.is_null() ? std::nullopt : IfNumber(value.get<double>()),
                          "the block's output does not vary");
  }

  // The first layer's weights, where they look at the image itself.
  static void Draw(Lab& lab, Learner& learner, const Splits& data) {
    const PlasticLayer& first = learner.network().blocks().front().layer;
    const ImageShape& image = data.set->shape;
    at::Tensor weights = first.weight.detach();
    if (!first.convolutional && weights.size(1) == image.bytes())
      weights = weights.view({-1, image.channels, image.height, image.width});
    if (weights.dim() != 4 || weights.size(1) != image.channels) return;
    const std::int64_t zoom = std::max<std::int64_t>(1, 40 / weights.size(2));
    lab.record().Artifact("receptive_fields", FilterGrid(weights, zoom), "png", "image/png");
  }

  Learning learning_;
  std::int64_t images_;
  std::int64_t batch_;
  nlohmann::json reference_;
  nlohmann::json start_;
};
PLASTICITY_REGISTER(Task, Probe);

}  // namespace
}  // namespace plasticity
