// Accuracy along the learning: at shares of the training a readout is fitted on the features as
// they are and judged on the validation images; the test images are read at the end alone. What
// rules reach with the same images, arithmetic or time can be read off the looks (layout
// `budgets`), where a single accuracy says what each reached with its own.
#include <algorithm>
#include <cmath>

#include "suite/base/error.h"
#include "suite/learning.h"
#include "suite/task.h"
#include "tasks/metrics/curves.h"
#include "tasks/metrics/judged.h"

namespace plasticity {
namespace {

class LearningCurve final : public Task {
 public:
  static TaskInfo Describe() {
    TaskInfo info{.name = "learning-curve",
                  .version = 1,
                  .summary = "learn, and see what the features are worth meanwhile",
                  .metrics = JudgedMetrics({"test"}),
                  .common = {{"data", "cifar10"},
                             {"network", "sphere-cnn"},
                             {"readout", "ridge"},
                             {"precision", "float32"},
                             {"set", {{"network.width", 0.25}}}}};
    info.metrics.push_back(
        {.name = "curve.area",
         .unit = "fraction",
         .definition = "mean validation accuracy over the learning, from the first look to the "
                       "last (area under the curve over images, by trapezoids)"});
    info.metrics.push_back(
        {.name = "curve.images_to_converge",
         .unit = "images",
         .definition = "images that were learned from at the first look whose validation accuracy "
                       "is within 0.5 points of the best look's",
         .higher_is_better = false});
    return info;
  }

  explicit LearningCurve(Params& params)
      : learning_(Learning::Declare(params)),
        looks_(params.List("looks", {1, 2, 5, 10, 20, 35, 50, 75, 100},
                           Range{.min = 0, .max = 100, .open_min = true},
                           "when the features are judged, of the training, ascending", "%")),
        labelled_images_(params.Integer("labelled_images", 10000, Range{.min = 1},
                                        "training images that readouts are fitted on, the first "
                                        "by index; at most all",
                                        "images")) {
    params.Part<Readout>("probe", "ridge", "the readout of looks; it is fitted in closed form");
    probe_ = params.resolved().at("probe");
    for (std::size_t i = 1; i < looks_.size(); ++i) {
      if (looks_[i] <= looks_[i - 1])
        throw InputError("learning-curve: looks ascend, as in 1, 10, 100.");
    }
    if (looks_.back() != 100) throw InputError("learning-curve: the last look is at 100 %.");
    if (learning_.validation_images == 0)
      throw InputError("learning-curve: looks need validation images, and validation_images = 0.");
  }

  void Run(Lab& lab) override {
    const Splits data = lab.Open(learning_.validation_images);
    Learner& learner = lab.NewLearner("learner", data);
    NeedFittedReadout(learner, "learning-curve");
    const Samples labelled = First(data.train, std::min(labelled_images_, data.train.size()));
    const Samples images = learning_.images(lab, learner, data);
    Watch watch{.shares = looks_, .look = [&](double) {
                  return *lab.Probe(learner, probe_, labelled, data.validation).accuracy();
                }};
    for (double& share : watch.shares) share /= 100;
    const std::vector<double> accuracies = lab.Train(learner, images, learning_.budget(), watch);
    std::vector<double> seen;
    const auto all = static_cast<double>(learning_.budget_of_part(images.size()).samples);
    for (const double share : watch.shares) seen.push_back(std::round(share * all));
    lab.record().Record("look.images", {"look"}, "images", seen);
    lab.record().Record("look.accuracy", {"look"}, "fraction", accuracies);
    lab.record().Metric("curve.images_to_converge", seen[FirstNearBest(accuracies)]);
    lab.Fit(learner, labelled);
    const Judgement tested = lab.Judge(learner, data.test);
    lab.record().Judged("test", tested, "a cell that tunes tests nothing");
    lab.record().Metric("curve.area", MeanHeight(seen, accuracies),
                        "there is one look, and no area", tested.chance());
  }

 private:
  static std::size_t FirstNearBest(const std::vector<double>& accuracies) {
    constexpr double kNear = 0.005;
    const double best = *std::max_element(accuracies.begin(), accuracies.end());
    const auto near = [&](double accuracy) { return accuracy >= best - kNear; };
    return static_cast<std::size_t>(std::find_if(accuracies.begin(), accuracies.end(), near) -
                                    accuracies.begin());
  }

  Learning learning_;
  std::vector<double> looks_;
  std::int64_t labelled_images_;
  nlohmann::json probe_;  // {"name": .., "params": {..}}
};
PLASTICITY_REGISTER(Task, LearningCurve);

}  // namespace
}  // namespace plasticity
