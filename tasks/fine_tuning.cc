// Semi-supervised learning: the rule learns on all training images, then network and head are
// trained end to end on the labelled ones. Source: Lagani et al. 2022, FastHebb (arXiv 2207.03172),
// and its code's configs (*_ft), whose settings for CIFAR-10 are the defaults: SGD with momentum
// 0.9, rate 1e-3 halved in every epoch of the second half, 20 epochs, batch 64, dropout 0.5, weight
// decay 5e-2.
#include "suite/learning.h"
#include "suite/task.h"
#include "tasks/metrics/judged.h"

namespace plasticity {
namespace {

class FineTuning final : public Task {
 public:
  static TaskInfo Describe() {
    return {.name = "fine-tuning",
            .version = 1,
            .summary = "learn features, then train the whole network on the labelled images",
            .metrics = JudgedMetrics({"test", "validation"}),
            .common = {{"data", "cifar10"},
                       {"network", "sphere-cnn"},
                       {"readout", "online"},
                       {"precision", "float32"},
                       {"set", {{"network.width", 0.25}}}}};
  }

  explicit FineTuning(Params& params)
      : learning_(Learning::Declare(params)),
        labelled_images_(params.Integer("labelled_images", 0, kNonNegative,
                                        "labelled training images, the first by index; 0: all",
                                        "images")),
        tuning_(Tuning::Declare(params, "backprop",
                                {{"optimizer", "sgd"},
                                 {"learning_rate", 1e-3},
                                 {"weight_decay", 5e-2},
                                 {"schedule", "halving"},
                                 {"batch_size", 64},
                                 {"dropout", 0.5}})) {}

  void Run(Lab& lab) override {
    const Splits data = lab.Open(learning_.validation_images);
    Learner& learner = lab.NewLearner("learner", data);
    lab.Train(learner, learning_.images(lab, learner, data), learning_.budget());
    Learner& tuned = lab.NewLearner("tuned", data, {.rule = tuning_.rule, .of = &learner});
    const Samples labelled =
        labelled_images_ == 0 ? data.train : First(data.train, labelled_images_);
    lab.Train(tuned, labelled, Budget::Epochs(tuning_.epochs), data.validation);
    lab.record().Judged("validation", lab.Judge(tuned, data.validation),
                        "no validation images were set aside");
    lab.record().Judged("test", lab.Judge(tuned, data.test), "a cell that tunes tests nothing");
  }

 private:
  Learning learning_;
  std::int64_t labelled_images_;
  Tuning tuning_;
};
PLASTICITY_REGISTER(Task, FineTuning);

}  // namespace
}  // namespace plasticity
