// Sample efficiency: the rule learns from all training images without their labels, and from the
// data set's unlabelled ones; then few, more
// and all of the labels are given, class by class the same number, each step with all that came
// before. What needs labels learns from the labelled images alone, in as many steps, anew for each
// share: the same question to both. Source: the protocol of Lagani et al. 2022, FastHebb (arXiv
// 2207.03172), 1 to 100 % of the labels, whose networks are tuned end to end (adapt=tuned).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "suite/base/error.h"
#include "suite/learning.h"
#include "suite/task.h"
#include "tasks/metrics/curves.h"
#include "tasks/metrics/judged.h"

namespace plasticity {
namespace {

class SampleEfficiency final : public Task {
 public:
  static TaskInfo Describe() {
    TaskInfo info{
        .name = "sample-efficiency",
        .version = 1,
        .summary =
            "learn from all images without labels, then classify by few, more and all labels",
        .metrics = {{.name = "efficiency.area",
                     .unit = "fraction",
                     .definition = "mean test accuracy over the labels given, each doubling of "
                                   "their number counting the same (area under the curve over "
                                   "log2(labels), by trapezoids)"},
                    {.name = "accuracy.labels.*",
                     .unit = "fraction",
                     .definition = "test accuracy with this share of the labels, in %"},
                    {.name = "accuracy.validation.labels.*",
                     .unit = "fraction",
                     .definition = "validation accuracy with this share of the labels, in %"}},
        .common = {{"data", "cifar10"},
                   {"network", "sphere-cnn"},
                   {"readout", "linear"},
                   {"precision", "float32"},
                   {"set", {{"network.width", 0.25}}}}};
    for (const MetricInfo& metric : JudgedMetrics({"test"})) info.metrics.push_back(metric);
    return info;
  }

  explicit SampleEfficiency(Params& params)
      : learning_(Learning::Declare(params)),
        shares_(params.List("shares", {1, 2, 3, 4, 5, 10, 25, 100},
                            Range{.min = 0, .max = 100, .open_min = true},
                            "labels given, of all training images, ascending", "%")),
        tuned_(params.Choice("adapt", "readout", kAdapt,
                             "by the labels the readout alone is fitted, or the whole network is "
                             "tuned")),
        tuning_(Tuning::Declare(params, "backprop",
                                {{"optimizer", "sgd"},
                                 {"learning_rate", 1e-3},
                                 {"weight_decay", 5e-2},
                                 {"schedule", "halving"},
                                 {"batch_size", 64},
                                 {"dropout", 0.5}})) {
    for (std::size_t i = 1; i < shares_.size(); ++i) {
      if (shares_[i] <= shares_[i - 1])
        throw InputError("sample-efficiency: shares ascend, as in 1, 10, 100.");
    }
  }

  void Run(Lab& lab) override {
    const Splits data = lab.Open(learning_.validation_images);
    Learner& learner = lab.NewLearner("learner", data);
    NeedFittedReadout(learner, "sample-efficiency");
    const bool supervised = learner.rule_info().needs_labels;
    if (!supervised) lab.Train(learner, learning_.images(lab, learner, data), learning_.budget());
    if (!supervised && !tuned_)
      for (const Samples* asked : {&data.train, &data.validation, &data.test})
        lab.Remember(learner, *asked);
    std::vector<double> counts, accuracies;
    Judgement judgement;
    for (const double share : shares_) {
      const Samples labelled = Labelled(lab, data, share);
      Learner& taught = Teach(lab, data, learner, labelled, fmt::format("{:g} %", share));
      judgement = lab.Judge(taught, data.test);
      const std::string of_share = fmt::format("labels.{:g}", share);
      lab.record().Metric("accuracy." + of_share, judgement.accuracy(), kNoTest,
                          judgement.chance());
      const Judgement validated = lab.Judge(taught, data.validation);
      lab.record().Metric("accuracy.validation." + of_share, validated.accuracy(),
                          "no validation images were set aside", validated.chance());
      counts.push_back(static_cast<double>(labelled.size()));
      accuracies.push_back(judgement.accuracy().value_or(0));
    }
    lab.record().Record("labels", {"share"}, "images", counts);
    lab.record().Judged("test", judgement, kNoTest);  // with the largest share
    const bool tested = judgement.count > 0;
    lab.record().Metric(
        "efficiency.area", tested ? MeanHeightOverDoublings(counts, accuracies) : std::nullopt,
        tested ? "the shares give one number of labels, and no area" : kNoTest, judgement.chance());
  }

 private:
  static constexpr Named<bool> kAdapt[] = {{"readout", false}, {"tuned", true}};
  static constexpr const char* kNoTest = "a cell that tunes tests nothing";

  // At least one image a class; smaller shares are part of larger ones.
  static Samples Labelled(Lab& lab, const Splits& data, double share) {
    const auto all = static_cast<double>(data.train.size());
    const auto count = static_cast<std::int64_t>(std::llround(share / 100 * all));
    return Balanced(data.train, std::max(count, data.classes()), lab.streams().For("labelled"));
  }

  // What the labels make of the learner; `name` says of how many.
  Learner& Teach(Lab& lab, const Splits& data, Learner& learner, const Samples& labelled,
                 const std::string& name) {
    const bool supervised = learner.rule_info().needs_labels;
    Learner* taught = &learner;
    if (supervised) {
      taught = &lab.NewLearner("learner, " + name, data);
      lab.Train(*taught, labelled, learning_.budget_of_part(learning_.count(data)));
    }
    if (tuned_) {
      taught = &lab.NewLearner("tuned, " + name, data, {.rule = tuning_.rule, .of = taught});
      lab.Train(*taught, labelled, Budget::Epochs(tuning_.epochs));
    }
    lab.Fit(*taught, labelled);
    return *taught;
  }

  Learning learning_;
  std::vector<double> shares_;
  bool tuned_;
  Tuning tuning_;
};
PLASTICITY_REGISTER(Task, SampleEfficiency);

}  // namespace
}  // namespace plasticity
