// Loss of plasticity: a long stream of experiences is learned one after another, and each is asked
// about once, when it has been learned. A learner that goes on being able to learn is as good at
// the last as at the first. What its features are like is followed beside: dead units, effective
// rank. Source: Dohare et al. 2024 (Nature 632:768), whose accuracy is the online one: that on an
// experience's training images, each classified before it is learned from. Differs: the accuracy on
// test images at an experience's end is measured, too, and leads; all experiences are made of the
// same few images, so that a stream of hundreds stays small.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include "suite/ops/convolution.h"
#include "suite/scenario.h"
#include "suite/task.h"
#include "tasks/metrics/curves.h"
#include "tasks/metrics/representation.h"

namespace plasticity {
namespace {

class PlasticityTask final : public Task {
 public:
  static TaskInfo Describe() {
    TaskInfo info{
        .name = "plasticity",
        .version = 1,
        .summary = "learn a long stream, and see whether the last is learned as the first",
        .common = {{"data", "cifar10"},
                   {"network", "mlp"},
                   {"readout", "online"},
                   {"precision", "float32"},
                   {"set", {{"network.width", 0.125}}}}};
    const auto add = [&](const std::string& name, const std::string& unit,
                         const std::string& definition, bool higher = true) {
      info.metrics.push_back(
          {.name = name, .unit = unit, .definition = definition, .higher_is_better = higher});
    };
    const auto add_series = [&](const std::string& name, const std::string& what) {
      add(name + ".mean", "fraction", "mean over the stream of the accuracy on " + what);
      add(name + ".first_tenth", "fraction", "the same over the first tenth of the stream");
      add(name + ".last_tenth", "fraction", "the same over the last tenth of the stream");
      add(name + ".slope", "fraction per experience",
          "slope of the straight line through those accuracies, by least squares; below 0 "
          "plasticity is lost");
    };
    add_series("accuracy", "each experience's test images once it was learned");
    add_series(
        "online",
        "each experience's training images, each classified just before it was learned from");
    add("dead.*", "fraction",
        "a block's units that answer none of the images that are looked at, once the stream is "
        "learned",
        false);
    add("effective_rank.*", "dimensions",
        "exp of the entropy of the singular values of a block's output for those images, once the "
        "stream is learned");
    return info;
  }

  explicit PlasticityTask(Params& params)
      : scenario_(params.Part<Scenario>("scenario", "label-permuted",
                                        "how the data become a "
                                        "stream")),
        epochs_(params.Integer("epochs", 1, Range{.min = 1},
                               "passes of the rule over each experience's images")),
        samples_(params.Integer("samples", 0, kNonNegative,
                                "images that the rule learns from in each experience, repeats "
                                "counted, instead of epochs; 0: by epochs",
                                "images")),
        images_(params.Integer("images", 1000, Range{.min = 2},
                               "training images that the experiences are made of, as many of each "
                               "class as can be",
                               "images")),
        test_images_(params.Integer("test_images", 1000, Range{.min = 1},
                                    "likewise, of the images that are asked about", "images")),
        looked_at_(params.Integer("looked_at", 200, Range{.min = 8, .max = 2000},
                                  "training images of an experience whose activations are looked "
                                  "at once it is learned",
                                  "images")),
        renew_head_(params.Flag("renew_head", false,
                                "the readout, or the head that the rule trains, begins anew at "
                                "each experience")),
        validation_images_(params.Integer("validation_images", 5000, kNonNegative,
                                          "training images set aside, the last by index",
                                          "images")),
        online_(params.Later().Flag("online", false,
                                    "each batch is classified before it is learned from, for the "
                                    "metrics online.*: a forward pass more a step")) {}

  void Run(Lab& lab) override {
    const Splits data = Few(lab, lab.Open(validation_images_));
    const Experiences stream = scenario_->Make(data, lab.streams());
    Learner& learner =
        lab.NewLearner("learner", data, {.classes = stream.classes, .online = online_});
    const Budget budget = samples_ > 0 ? Budget::Samples(samples_) : Budget::Epochs(epochs_);
    nlohmann::json accuracy, online, dead, rank;
    std::vector<double> chances;
    for (const Experience& experience : stream.all) {
      if (renew_head_) {
        lab.Once("renew " + experience.name, [&]() -> nlohmann::json {
          Renew(learner);
          return nullptr;
        });
      }
      lab.Train(learner, experience, stream, budget);
      const nlohmann::json look = lab.Once("look " + experience.name,
                                           [&] { return Look(lab, learner, stream, experience); });
      accuracy.push_back(look[0]);
      dead.push_back(look[1]);
      rank.push_back(look[2]);
      online.push_back(look[3]);
      // A look of an older checkpoint knows none.
      if (look.size() > 4 && look[4].is_number()) chances.push_back(look[4].get<double>());
    }
    const std::optional<double> chance =
        chances.size() == accuracy.size() ? Mean(chances) : std::nullopt;
    Record(lab, accuracy, dead, rank, chance);
    if (online_) lab.record().Record("online", {"experience"}, "fraction", online);
    const bool all = std::none_of(online.begin(), online.end(),
                                  [](const nlohmann::json& share) { return share.is_null(); });
    Summarise(lab, "online", all ? online : nlohmann::json::array(),
              online_ ? "an experience was learned from no images"
                      : "nobody asked: --set task.online=true",
              chance);
  }

 private:
  Splits Few(Lab& lab, Splits data) const {
    data.train = Balanced(data.train, images_, lab.streams().For("plasticity.train"));
    for (Samples* asked : {&data.validation, &data.test})
      *asked = Balanced(*asked, test_images_, lab.streams().For("plasticity.test"));
    return data;
  }

  // As in Dohare et al.'s code a head begins at zero.
  static void Renew(Learner& learner) {
    const at::NoGradGuard no_gradients;
    learner.RenewReadout();
    learner.network().head().weight.detach().zero_();
    learner.network().head().bias.detach().zero_();
  }

  // [accuracy, [dead units by block], [effective rank by block], online accuracy or null, the
  // accuracy of guessing].
  nlohmann::json Look(Lab& lab, Learner& learner, const Experiences& stream,
                      const Experience& now) const {
    const at::NoGradGuard no_gradients;
    constexpr std::int64_t kRows = 2000;
    const Judgement judged =
        lab.Judge(learner, stream.Asked(now.place, static_cast<std::int64_t>(now.place)));
    nlohmann::json dead = nlohmann::json::array(), rank = nlohmann::json::array();
    at::Tensor x = lab.Images(learner, First(now.train, looked_at_));
    for (Block& block : learner.network().blocks()) {
      x = block.Forward(x, false);
      at::Tensor rows = UnitRows(x).cpu();  // [n * positions, units]
      rows = rows.slice(0, 0, rows.size(0), (rows.size(0) + kRows - 1) / kRows);
      dead.push_back(SilenceOf(rows).dead);
      rank.push_back(rows.any().item<bool>() ? EffectiveRank(rows) : 0);
    }
    const std::optional<double> online = learner.TakeOnlineAccuracy();
    const auto or_null = [](const std::optional<double>& value) {
      return value ? nlohmann::json(*value) : nlohmann::json();
    };
    return {*judged.accuracy(), dead, rank, or_null(online), or_null(judged.chance())};
  }

  static std::optional<double> Mean(std::span<const double> values) {
    if (values.empty()) return std::nullopt;
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  }

  // Mean, tenths and slope of a series over experiences; where it is empty, `reason` says why.
  static void Summarise(Lab& lab, const std::string& series, const nlohmann::json& over,
                        const std::string& reason, std::optional<double> chance) {
    const auto values = over.get<std::vector<double>>();
    const std::span<const double> all = values;
    const std::size_t tenth = values.empty() ? 0 : std::max<std::size_t>(1, values.size() / 10);
    lab.record().Metric(series + ".mean", Mean(all), reason, chance);
    lab.record().Metric(series + ".first_tenth", Mean(all.first(tenth)), reason, chance);
    lab.record().Metric(series + ".last_tenth", Mean(all.last(tenth)), reason, chance);
    lab.record().Metric(series + ".slope", Slope(values),
                        values.size() == 1 ? "the stream has one experience" : reason);
  }

  static void Record(Lab& lab, const nlohmann::json& accuracy, const nlohmann::json& dead,
                     const nlohmann::json& rank, std::optional<double> chance) {
    lab.record().Record("accuracy", {"experience"}, "fraction", accuracy);
    lab.record().Record("dead", {"experience", "block"}, "fraction", dead);
    lab.record().Record("effective_rank", {"experience", "block"}, "dimensions", rank);
    Summarise(lab, "accuracy", accuracy, "", chance);
    for (std::size_t block = 0; block < dead.back().size(); ++block) {
      lab.record().Metric(fmt::format("dead.block{}", block + 1), dead.back()[block].get<double>());
      lab.record().Metric(fmt::format("effective_rank.block{}", block + 1),
                          rank.back()[block].get<double>());
    }
  }

  std::unique_ptr<Scenario> scenario_;
  std::int64_t epochs_;
  std::int64_t samples_;
  std::int64_t images_;
  std::int64_t test_images_;
  std::int64_t looked_at_;
  bool renew_head_;
  std::int64_t validation_images_;
  bool online_;
};
PLASTICITY_REGISTER(Task, PlasticityTask);

}  // namespace
}  // namespace plasticity
