// Image classification: the rule learns on the training images, a readout turns its features into
// classes. The test split is read once, at the end; the last step's weights are what is tested.
#include <memory>

#include "suite/learning.h"
#include "suite/task.h"
#include "tasks/changes/geometry.h"
#include "tasks/metrics/judged.h"
#include "tasks/metrics/unit_diversity.h"

namespace plasticity {
namespace {

// Each sample, and then each once more, mirrored left to right.
Samples AndMirrored(const Samples& samples) {
  return Join(samples, Changed(samples, std::make_shared<const Mirrored>()));
}

class Classification final : public Task {
 public:
  static TaskInfo Describe() {
    TaskInfo info{.name = "classification",
                  .version = 1,
                  .summary = "learn features, then classify the test images",
                  .metrics = JudgedMetrics({"test", "validation"}),
                  .common = {{"data", "cifar10"},
                             {"network", "sphere-cnn"},
                             {"readout", "linear"},
                             {"precision", "float32"},
                             {"set", {{"network.width", 0.25}}}},
                  .is_default = true};
    info.metrics.push_back(UnitDiversityMetric());
    return info;
  }

  explicit Classification(Params& params)
      : learning_(Learning::Declare(params)),
        labelled_images_(params.Integer(
            "labelled_images", 0, kNonNegative,
            "training images that a readout is fitted on, the first by index; 0: all", "images")),
        mirrored_(params.Later().Flag(
            "mirrored", false,
            "each image that is learned from is there once more, mirrored left to right, for rule "
            "and readout: a pass is twice as long")) {}

  void Run(Lab& lab) override {
    const Splits data = lab.Open(learning_.validation_images);
    Learner& learner = lab.NewLearner("learner", data);
    lab.Train(learner, Shown(learning_.images(lab, learner, data)), learning_.budget(),
              data.validation);
    const Samples labelled =
        labelled_images_ == 0 ? data.train : First(data.train, labelled_images_);
    lab.Fit(learner, Shown(labelled));
    lab.record().Judged("validation", lab.Judge(learner, data.validation),
                        "no validation images were set aside");
    lab.record().Judged("test", lab.Judge(learner, data.test), "a cell that tunes tests nothing");
    RecordUnitDiversity(lab, learner, labelled);
  }

 private:
  Samples Shown(const Samples& samples) const { return mirrored_ ? AndMirrored(samples) : samples; }

  Learning learning_;
  std::int64_t labelled_images_;
  bool mirrored_;
};
PLASTICITY_REGISTER(Task, Classification);

}  // namespace
}  // namespace plasticity
