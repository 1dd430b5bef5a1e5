#include "suite/learning.h"

#include <fmt/format.h>

#include "suite/base/error.h"
#include "suite/rule.h"

namespace plasticity {

Learning Learning::Declare(Params& params, bool may_be_unlabelled) {
  Learning learning{
      .epochs = params.Integer("epochs", 1, Range{.min = 0},
                               "passes of the rule over the training images"),
      .samples = params.Integer("samples", 0, kNonNegative,
                                "images the rule learns from in all, repeats counted, instead "
                                "of epochs; 0: by epochs",
                                "images"),
      .validation_images =
          params.Integer("validation_images", 5000, kNonNegative,
                         "training images set aside, the last by index", "images")};
  if (may_be_unlabelled) {
    learning.unlabelled = params.Later().Flag("unlabelled", true,
                                              "the data set's images without labels are learned "
                                              "from, too, by a rule that needs no labels "
                                              "and whose readout is fitted afterwards");
  }
  return learning;
}

Tuning Tuning::Declare(Params& params, const std::string& rule,
                       const nlohmann::json& params_of_rule) {
  Tuning tuning{.epochs = params.Integer("tuning_epochs", 20, Range{.min = 1},
                                         "passes of the tuning rule over the labelled images")};
  params.Part<Rule>("tuning", rule, "the rule that tunes the network", params_of_rule);
  tuning.rule = params.resolved().at("tuning");
  return tuning;
}

void NeedFittedReadout(const Learner& learner, const char* task) {
  if (!learner.readout_info().beside) return;
  throw InputError(
      fmt::format("{} needs a readout that is fitted once the rule has learned, and {} learns "
                  "beside it. Choose "
                  "another: plasticity list readouts.",
                  task, learner.readout_info().name));
}

}  // namespace plasticity
