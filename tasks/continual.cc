// Continual learning: a data set comes as a stream of experiences. After each, the learner is asked
// about all of them; from that matrix of accuracies come the field's metrics. A fresh readout that
// is fitted on all experiences' images tells what the features themselves have lost, apart from
// what the readout has. Source: Lopez-Paz & Ranzato 2017 (arXiv 1706.08840) for the matrix; van de
// Ven et al. 2022 for the settings; Davari et al. 2022 (arXiv 2203.13381) for the probe.
#include <fmt/format.h>

#include "suite/base/error.h"
#include "suite/readout.h"
#include "suite/scenario.h"
#include "suite/task.h"
#include "tasks/continual/metrics.h"
#include "tasks/metrics/judged.h"

namespace plasticity {
namespace {

class Continual final : public Task {
 public:
  static TaskInfo Describe() {
    TaskInfo info{.name = "continual",
                  .version = 1,
                  .summary = "learn experiences one after another, and be asked about all of them",
                  .common = {{"data", "cifar10"},
                             {"network", "sphere-cnn"},
                             {"readout", "online"},
                             {"precision", "float32"},
                             {"set", {{"network.width", 0.25}}}}};
    for (const ContinualMetric& metric : ContinualMetrics())
      info.metrics.push_back({.name = metric.name,
                              .unit = "fraction",
                              .definition = metric.Definition(),
                              .higher_is_better = metric.higher_is_better});
    for (const MetricInfo& metric : JudgedMetrics({"test"})) info.metrics.push_back(metric);
    return info;
  }

  explicit Continual(Params& params)
      : scenario_(params.Part<Scenario>("scenario", "split", "how the data become a stream")),
        epochs_(params.Integer("epochs", 1, Range{.min = 0},
                               "passes of the rule over each experience's images")),
        samples_(params.Integer("samples", 0, kNonNegative,
                                "images that the rule learns from in each experience, repeats "
                                "counted, instead of epochs; 0: by epochs",
                                "images")),
        validation_images_(params.Integer("validation_images", 5000, kNonNegative,
                                          "training images set aside, the last by index",
                                          "images")),
        test_images_(params.Integer("test_images", 0, kNonNegative,
                                    "test images of all experiences that are asked about, as many "
                                    "of each class as can be; 0: all",
                                    "images")),
        looks_(params.Integer("looks", 0, kNonNegative,
                              "looks at all accuracies while each experience is learned, its end "
                              "included; 0: at the ends alone, and no anytime metrics")),
        probe_images_(params.Integer("probe_images", 5000, kNonNegative,
                                     "training images of all experiences that a fresh readout is "
                                     "fitted on after each, as many of each class as can be; 0: no "
                                     "probe",
                                     "images")) {
    params.Part<Readout>("probe", "ridge", "the readout that probes the features");
    probe_ = params.resolved().at("probe");
  }

  void Run(Lab& lab) override {
    Splits data = lab.Open(validation_images_);
    if (test_images_ > 0)
      data.test = Balanced(data.test, test_images_, lab.streams().For("test images"));
    const Experiences stream = scenario_->Make(data, lab.streams());
    Learner& learner = lab.NewLearner("learner", data, {.classes = stream.classes});
    const ReadoutInfo& readout = learner.readout_info();
    if (!readout.beside && !readout.grows && !learner.readout().passes()) {
      throw InputError(fmt::format(
          "{} starts anew whenever it is fitted, so it would know the last experience alone. "
          "Choose a readout that learns beside the rule, by steps, or grows: plasticity list "
          "readouts.",
          readout.name));
    }
    const Budget budget = samples_ > 0 ? Budget::Samples(samples_) : Budget::Epochs(epochs_);
    StreamRecords records;
    const Samples probe_images =
        Balanced(stream.TrainOfFirst(stream.size()), probe_images_, lab.streams().For("probe"));
    records.accuracy.push_back(ByExperience(stream, lab.Judge(learner, Asked(stream, -1))));
    Judgement last;
    for (const Experience& experience : stream.all) {
      const nlohmann::json looks = lab.Train(
          learner, experience, stream, budget,
          {.shares = Shares(), .look = [&](double) {
             return ByExperience(stream, lab.Judge(learner, Asked(stream, experience.place)));
           }});
      for (const nlohmann::json& look : looks) {
        records.looks.push_back(look.get<std::vector<double>>());
        records.now.push_back(experience.place);
      }
      last = lab.Judge(learner, Asked(stream, static_cast<std::int64_t>(experience.place)));
      records.accuracy.push_back(ByExperience(stream, last));
      if (probe_images.size() == 0) continue;
      const auto end = static_cast<std::int64_t>(stream.size()) - 1;
      records.probe.push_back(
          ByExperience(stream, lab.Probe(learner, probe_, probe_images, Asked(stream, end))));
    }
    Record(lab, records, last.chance());
    lab.record().Judged("test", last, "");
  }

 private:
  static Samples Asked(const Experiences& stream, std::int64_t after) {
    Samples all;
    for (std::size_t on = 0; on < stream.size(); ++on) all = Join(all, stream.Asked(on, after));
    return all;
  }

  // The accuracy on each experience, of a judgement of Asked.
  static std::vector<double> ByExperience(const Experiences& stream, const Judgement& judgement) {
    std::vector<double> accuracies;
    std::size_t image = 0;
    for (std::size_t on = 0; on < stream.size(); ++on) {
      const std::size_t end = image + static_cast<std::size_t>(stream.Asked(on, -1).size());
      double right = 0;
      const auto count = static_cast<double>(end - image);
      for (; image < end; ++image) right += judgement.hits[image];
      accuracies.push_back(right / count);
    }
    return accuracies;
  }

  std::vector<double> Shares() const {
    std::vector<double> shares;
    for (std::int64_t look = 1; look <= looks_; ++look)
      shares.push_back(static_cast<double>(look) / static_cast<double>(looks_));
    return shares;
  }

  static void Record(Lab& lab, const StreamRecords& records, std::optional<double> chance) {
    lab.record().Record("accuracy", {"after", "on"}, "fraction", records.accuracy);
    lab.record().Record("accuracy.so_far", {"after"}, "fraction", AccuracySoFar(records.accuracy));
    if (!records.probe.empty())
      lab.record().Record("probe", {"after", "on"}, "fraction", records.probe);
    if (!records.looks.empty()) {
      lab.record().Record("looks", {"look", "on"}, "fraction", records.looks);
      lab.record().Record("looks.experience", {"look"}, "experience", records.now);
      lab.record().Record("looks.worst_case", {"look"}, "fraction",
                          AnytimeOf(records.looks, records.now).worst_case);
    }
    for (const ContinualMetric& metric : ContinualMetrics()) {
      const Metric evaluated = Evaluate(metric, records);
      lab.record().Metric(metric.name, evaluated.value, evaluated.reason,
                          metric.at_end ? chance : std::nullopt);
    }
  }

  std::unique_ptr<Scenario> scenario_;
  std::int64_t epochs_;
  std::int64_t samples_;
  std::int64_t validation_images_;
  std::int64_t test_images_;
  std::int64_t looks_;
  std::int64_t probe_images_;
  nlohmann::json probe_;
};
PLASTICITY_REGISTER(Task, Continual);

}  // namespace
}  // namespace plasticity
