#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "suite/lab.h"
#include "suite/params.h"

namespace plasticity {

/// How long the rule of a task learns from which images: parameters that tasks share.
struct Learning {
  std::int64_t epochs = 1;                ///< passes over the training images
  std::int64_t samples = 0;               ///< images in all, instead of epochs; 0: by epochs
  std::int64_t validation_images = 5000;  ///< set aside of the training images
  bool unlabelled = false;                ///< learns from images without labels, too

  /// Declares the three, and the fourth, which is then on, unless a task must choose what its rule
  /// is shown.
  static Learning Declare(Params& params, bool may_be_unlabelled = true);
  /// What the learner learns from: the lab's LearnedFrom, or the training images alone.
  Samples images(Lab& lab, const Learner& learner, const Splits& data) const {
    return unlabelled ? lab.LearnedFrom(learner, data) : data.train;
  }
  /// What the rule's training is given.
  Budget budget() const { return samples > 0 ? Budget::Samples(samples) : Budget::Epochs(epochs); }
  /// How many images that makes for a learner without labels.
  std::int64_t count(const Splits& data) const {
    return data.train.size() + (unlabelled ? data.unlabelled.size() : 0);
  }
  /// As many images of a part of the training images, repeats counted, as budget() means of all.
  Budget budget_of_part(std::int64_t all) const {
    return Budget::Samples(samples > 0 ? samples : epochs * all);
  }
};

/// How a network is tuned by labels once a rule has learned: parameters that tasks share.
struct Tuning {
  nlohmann::json rule;      ///< {"name": .., "params": {..}}, for Start
  std::int64_t epochs = 1;  ///< passes over the labelled images

  /// Declares "tuning", the rule, whose default is `rule` with parameters `params_of_rule`, and
  /// "tuning_epochs".
  static Tuning Declare(Params& params, const std::string& rule,
                        const nlohmann::json& params_of_rule);
};

/// Throws InputError for a readout that learns beside the rule, of which `task` has nothing.
void NeedFittedReadout(const Learner& learner, const char* task);

}  // namespace plasticity
