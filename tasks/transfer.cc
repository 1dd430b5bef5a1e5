// Transfer: features are learnt on one data set, and a readout of them on another. The same network
// learnt on the second set itself, the same network as it starts, and the bare pixels are judged
// beside it under the same readout, so that the Result says what transfer gained. Images of the
// second set are brought to the size and channels of the first's.
#include <fmt/format.h>

#include "suite/learning.h"
#include "suite/rule.h"
#include "suite/task.h"
#include "tasks/metrics/judged.h"

namespace plasticity {
namespace {

class Transfer final : public Task {
 public:
  static TaskInfo Describe() {
    TaskInfo info{.name = "transfer",
                  .version = 2,
                  .summary = "learn features on one data set, classify another by them",
                  .metrics = JudgedMetrics({"transfer", "own", "random", "pixels"}),
                  .common = {{"data", "cifar10"},
                             {"network", "sphere-cnn"},
                             {"readout", "linear"},
                             {"precision", "float32"},
                             {"set", {{"network.width", 0.25}}}}};
    info.metrics.push_back({.name = "transfer.gain",
                            .unit = "fraction",
                            .definition = "accuracy.transfer less accuracy.random: what learning "
                                          "elsewhere gave beyond the network's start"});
    info.metrics.push_back({.name = "transfer.ratio",
                            .unit = "",
                            .definition = "accuracy.transfer over accuracy.own, of the same rule "
                                          "learnt on the second data set itself"});
    return info;
  }

  explicit Transfer(Params& params)
      : target_(params.Data("target", "cifar100", "the data set that is classified")),
        learning_(Learning::Declare(params)),
        labelled_images_(params.Integer("labelled_images", 0, kNonNegative,
                                        "labelled training images of the second set, as many of "
                                        "each class as can be; 0: all",
                                        "images")),
        tuned_(params.Choice("adapt", "readout", kAdapt,
                             "on the second set the readout alone learns, or the whole network is "
                             "tuned")),
        tuning_(Tuning::Declare(
            params, "backprop",
            {{"batch_size", 64}, {"learning_rate", 1e-3}, {"schedule", "cosine"}})) {
    for (const auto& [part, rule, doc] :
         {std::tuple{"start", "random", "the rule of the network as it starts"},
          std::tuple{"pixels", "pixels", "the rule that gives the bare pixels"}})
      params.Part<Rule>(part, rule, doc);
    rules_ = params.resolved();
  }

  void Run(Lab& lab) override {
    const Splits source = lab.Open(learning_.validation_images);
    const Splits target = lab.Open(target_, learning_.validation_images, source);
    Learner& learner = lab.NewLearner("learner", source);
    NeedFittedReadout(learner, "transfer");
    lab.Train(learner, learning_.images(lab, learner, source), learning_.budget());
    Learner& own = lab.NewLearner("own", target);
    const Samples of_target = learning_.images(lab, own, target);
    lab.Train(own, of_target, learning_.budget());

    const auto transferred =
        Judge(lab, target, "transfer", lab.NewLearner("transfer", target, {.of = &learner}));
    const auto learned_here = Judge(lab, target, "own", own);
    // The start learns nothing but what its batch normalisations see, which the others have, too.
    Learner& begun = lab.NewLearner("random", target, {.rule = rules_.at("start")});
    lab.Train(begun, of_target, learning_.budget());
    const auto start = Judge(lab, target, "random", begun);
    Judge(lab, target, "pixels", lab.NewLearner("pixels", target, {.rule = rules_.at("pixels")}));
    const bool tested = transferred.has_value();
    lab.record().Metric("transfer.gain",
                        tested ? std::optional(*transferred - *start) : std::nullopt, kNoTest);
    lab.record().Metric(
        "transfer.ratio",
        tested && *learned_here > 0 ? std::optional(*transferred / *learned_here) : std::nullopt,
        tested ? "the rule learnt on the second set gets nothing right" : kNoTest);
  }

 private:
  static constexpr Named<bool> kAdapt[] = {{"readout", false}, {"tuned", true}};
  static constexpr const char* kNoTest = "a cell that tunes tests nothing";

  // Fits and judges a learner on the second data set, and records it under `name`.
  std::optional<double> Judge(Lab& lab, const Splits& target, const std::string& name,
                              Learner& learner) {
    const Samples labelled = labelled_images_ == 0 ? target.train
                                                   : Balanced(target.train, labelled_images_,
                                                              lab.streams().For("labelled"));
    Learner* adapted = &learner;
    if (tuned_ && learner.feature_count() == learner.network().feature_count()) {
      adapted = &lab.NewLearner("tuned " + name, target, {.rule = tuning_.rule, .of = &learner});
      lab.Train(*adapted, labelled, Budget::Epochs(tuning_.epochs));
    }
    lab.Fit(*adapted, labelled);
    const Judgement judgement = lab.Judge(*adapted, target.test);
    lab.record().Judged(name, judgement, kNoTest);
    return judgement.accuracy();
  }

  std::string target_;
  Learning learning_;
  std::int64_t labelled_images_;
  bool tuned_;
  Tuning tuning_;
  nlohmann::json rules_;  // the controls'
};
PLASTICITY_REGISTER(Task, Transfer);

}  // namespace
}  // namespace plasticity
