// Few-shot classification: the rule learns from the training images of some classes; episodes are
// drawn from the test images of the others. Images without labels are left out: they may show
// those. In an episode each of a few classes shows a few images, and queries are classified by the
// nearest class mean, and by ridge regression. Source: episodes of Vinyals et al. 2016 (arXiv
// 1606.04080); features centred and scaled to length 1 as in Wang et al. 2019, SimpleShot (arXiv
// 1911.04623), whose nearest mean is followed. Differs: classes are held out from the seed, since
// the data sets have no fixed novel classes.
#include "tasks/metrics/few_shot.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

#include "suite/base/error.h"
#include "suite/learning.h"
#include "suite/task.h"

namespace plasticity {
namespace {

class FewShot final : public Task {
 public:
  static TaskInfo Describe() {
    return {
        .name = "few-shot",
        .version = 1,
        .summary = "learn from some classes, classify others by a few images of each",
        .metrics = {{.name = "fewshot.accuracy",
                     .unit = "fraction",
                     .definition = "accuracy by the nearest class mean, averaged over all episodes "
                                   "of all ways and shots"},
                    {.name = "fewshot.nearest_mean.*",
                     .unit = "fraction",
                     .definition = "accuracy by the nearest class mean, averaged over episodes of "
                                   "so many classes (way) and images of each (shot)"},
                    {.name = "fewshot.ridge.*",
                     .unit = "fraction",
                     .definition = "accuracy by ridge regression, likewise"}},
        .common = {{"data", "cifar100"},
                   {"network", "sphere-cnn"},
                   {"readout", "linear"},
                   {"precision", "float32"},
                   {"set", {{"network.width", 0.25}}}}};
  }

  explicit FewShot(Params& params)
      : learning_(Learning::Declare(params, /*may_be_unlabelled=*/false)),
        held_out_(params.Integer("held_out", 20, Range{.min = 2},
                                 "classes that the rule never sees, drawn from the seed")),
        ways_(params.List("ways", {5, 0}, kNonNegative,
                          "classes in an episode; 0: all that are held out")),
        shots_(params.List("shots", {1, 5, 20}, Range{.min = 1}, "images shown of each class")),
        queries_(params.Integer("queries", 15, Range{.min = 1},
                                "images of each class that are classified in an episode")),
        episodes_(params.Integer("episodes", 200, Range{.min = 1},
                                 "episodes for each number of ways and shots")),
        centred_(params.Flag("centre", true,
                             "features less their mean over the seen classes' training images, "
                             "before they are scaled to length 1")),
        alpha_(params.Real("alpha", 1, kPositive, "ridge regression's penalty")) {}

  void Run(Lab& lab) override {
    const Splits data = lab.Open(learning_.validation_images);
    const Classes classes = HoldOut(lab, data);
    Learner& learner = lab.NewLearner("learner", data);
    const Samples seen = OfClasses(data.train, classes.seen);
    lab.Train(learner, seen, learning_.budget());
    std::vector<at::Tensor> features;  // by class, once an episode asks for them
    double sum = 0, count = 0, guessed = 0;
    for (const double asked : ways_) {
      const std::int64_t way = asked == 0 ? held_out_ : static_cast<std::int64_t>(asked);
      for (const double shot : shots_) {
        const std::string name = fmt::format("{}way.{:g}shot", way, shot);
        const nlohmann::json accuracies = lab.Once(name, [&] {
          if (features.empty() && data.test.size() > 0)
            features = FeaturesByClass(lab, learner, data, classes, seen);
          return Episodes(lab, features, way, static_cast<std::int64_t>(shot));
        });
        for (const char* kind : {"nearest_mean", "ridge"}) {
          const auto values = accuracies.at(kind).get<std::vector<double>>();
          const std::string metric = fmt::format("fewshot.{}.{}", kind, name);
          lab.record().Record(metric, {"episode"}, "fraction", values);
          lab.record().Metric(metric, Mean(values), kNoTest, 1 / static_cast<double>(way));
          if (kind == std::string("ridge")) continue;
          for (const double value : values) sum += value;
          count += static_cast<double>(values.size());
          guessed += static_cast<double>(values.size()) / static_cast<double>(way);
        }
      }
    }
    const auto mean_of = [&](double total) {
      return count > 0 ? std::optional(total / count) : std::nullopt;
    };
    lab.record().Metric("fewshot.accuracy", mean_of(sum), kNoTest, mean_of(guessed));
    lab.record().Record("held_out", {"class"}, "label", classes.held_out);
  }

 private:
  static constexpr const char* kNoTest = "a cell that tunes tests nothing";
  struct Classes {
    std::vector<std::int64_t> seen, held_out;
  };

  static std::optional<double> Mean(const std::vector<double>& values) {
    if (values.empty()) return std::nullopt;
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
  }

  // Which classes the rule sees. Throws InputError where what is asked cannot be drawn.
  Classes HoldOut(Lab& lab, const Splits& data) const {
    if (held_out_ >= data.classes()) {
      throw InputError(
          fmt::format("few-shot: held_out = {} leaves none of {}'s {} classes to learn "
                      "from: set task.held_out to less.",
                      held_out_, data.set->name, data.classes()));
    }
    Stream stream = lab.streams().For("held-out");
    Classes classes;
    for (const std::int64_t label : stream.Permutation(data.classes())) {
      const bool is_held_out = static_cast<std::int64_t>(classes.held_out.size()) < held_out_;
      (is_held_out ? classes.held_out : classes.seen).push_back(label);
    }
    for (const double way : ways_) {
      if (way == 1 || way > static_cast<double>(held_out_)) {
        throw InputError(
            fmt::format("few-shot: {:g} ways of {} classes held out: 2 to {}, or 0 for all.", way,
                        held_out_, held_out_));
      }
    }
    const double most = *std::max_element(shots_.begin(), shots_.end());
    for (const std::int64_t label : classes.held_out) {
      const std::int64_t images = OfClasses(data.test, {label}).size();
      if (data.test.size() > 0 &&
          most + static_cast<double>(queries_) > static_cast<double>(images)) {
        throw InputError(fmt::format(
            "few-shot: {:g} shots and {} queries, and class {} of {} has {} test images.", most,
            queries_, label, data.set->name, images));
      }
    }
    return classes;
  }

  // {"nearest_mean": [accuracy of each episode], "ridge": likewise}; empty without features.
  nlohmann::json Episodes(Lab& lab, const std::vector<at::Tensor>& features, std::int64_t way,
                          std::int64_t shot) const {
    nlohmann::json accuracies = {{"nearest_mean", nlohmann::json::array()},
                                 {"ridge", nlohmann::json::array()}};
    const at::TensorOptions like =
        features.empty() ? at::kLong : features.front().options().dtype(at::kLong);
    const at::Tensor labels = at::arange(way, like).repeat_interleave(queries_);
    for (std::int64_t episode = 0; !features.empty() && episode < episodes_; ++episode) {
      Stream stream = lab.streams().For(fmt::format("episode {} {}", way, shot),
                                        static_cast<std::uint64_t>(episode));
      std::vector<at::Tensor> shown, asked;
      const std::vector<std::int64_t> order = stream.Permutation(held_out_);
      for (std::int64_t k = 0; k < way; ++k) {
        const at::Tensor& all =
            features[static_cast<std::size_t>(order[static_cast<std::size_t>(k)])];
        const at::Tensor drawn =
            all.index_select(0, at::tensor(stream.Permutation(all.size(0))).to(all.device()));
        shown.push_back(drawn.slice(0, 0, shot));
        asked.push_back(drawn.slice(0, shot, shot + queries_));
      }
      const at::Tensor gallery = at::stack(shown), query = at::cat(asked);
      const auto accuracy = [&](const at::Tensor& predicted) {
        return predicted.eq(labels).to(at::kDouble).mean().item<double>();
      };
      accuracies["nearest_mean"].push_back(accuracy(NearestMean(gallery, query)));
      accuracies["ridge"].push_back(accuracy(RidgeScores(gallery, query, alpha_).argmax(1)));
    }
    return accuracies;
  }

  // The held-out classes' test images as features of length 1, float64 [images, count] a class.
  std::vector<at::Tensor> FeaturesByClass(Lab& lab, Learner& learner, const Splits& data,
                                          const Classes& classes, const Samples& seen) const {
    constexpr std::int64_t kForMean = 5000;
    at::Tensor centre;
    if (centred_) centre = lab.Features(learner, First(seen, kForMean)).to(at::kDouble).mean(0);
    std::vector<at::Tensor> features;
    for (const std::int64_t label : classes.held_out) {
      const Samples images = OfClasses(data.test, {label});
      features.push_back(OnUnitSphere(lab.Features(learner, images).to(at::kDouble), centre));
    }
    return features;
  }

  Learning learning_;
  std::int64_t held_out_;
  std::vector<double> ways_;
  std::vector<double> shots_;
  std::int64_t queries_;
  std::int64_t episodes_;
  bool centred_;
  double alpha_;
};
PLASTICITY_REGISTER(Task, FewShot);

}  // namespace
}  // namespace plasticity
