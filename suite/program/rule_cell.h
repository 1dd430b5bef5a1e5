#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "suite/base/error.h"
#include "suite/engine/child.h"
#include "suite/engine/loader.h"
#include "suite/engine/progress_bar.h"
#include "suite/engine/session.h"
#include "suite/engine/trainer.h"
#include "suite/learner.h"
#include "suite/samples.h"

namespace plasticity {

/// Images that have something to learn: noisy gratings, one orientation a class, with contrast,
/// phase and colour drawn for each image; about zero mean and unit deviation.
Batch Gratings(std::uint64_t seed, std::int64_t count, std::int64_t side = 8,
               std::int64_t classes = 4);

/// 1,200 gratings of 3 x 8 x 8 pixels in 4 classes, as a data set.
std::shared_ptr<const Dataset> GratingData();

/// Two convolutional blocks, for 3 x 8 x 8 images and larger ones.
nlohmann::json TinyConvolutions();

/// Two dense blocks, for images of any size.
nlohmann::json TinyDense();

/// A rule's own code threw, whatever it was, but for an InputError, by which a rule refuses: what
/// it was at, and what it threw.
class RuleThrew : public RunError {
 public:
  using RunError::RunError;
};

/// Calls a rule's own code, which is named by `what` where it throws (RuleThrew), and in a child
/// process (suite/engine/child.h) where it does worse.
template <typename Code>
auto Calling(const std::string& what, const Code& code) {
  const Doing doing(what);
  try {
    return code();
  } catch (const InputError&) {
    throw;
  } catch (...) {
    throw RuleThrew(what + " " + WhatItThrows());
  }
}

/// A small network with a rule attached, driven by the trainer that drives cells: what the
/// conformance checks and the tests of rules work on.
class RuleCell {
 public:
  /// Learns gratings, 12 a step.
  RuleCell(const std::string& rule, const nlohmann::json& spec, std::uint64_t seed,
           const nlohmann::json& params = nlohmann::json::object(), at::Device device = at::kCPU);
  /// Learns these samples of a data set, `batch_size` a step.
  RuleCell(const RuleInfo& info, std::unique_ptr<Rule> rule, const nlohmann::json& spec,
           std::uint64_t seed, std::shared_ptr<const Dataset> data, const Samples& samples,
           std::int64_t batch_size, at::Device device = at::kCPU);
  ~RuleCell();
  RuleCell(const RuleCell&) = delete;  // the session knows where its parts are
  RuleCell& operator=(const RuleCell&) = delete;

  /// Goes on to step `to` of `steps`, from 0 or from where the state stands. With `labelled` false
  /// the rule gets no labels, whatever it says that it needs; `label_shift` turns label l into
  /// l + shift. Gives the last step's report.
  StepReport Train(std::int64_t to, std::int64_t steps, bool labelled,
                   std::int64_t label_shift = 0);

  /// From now on images are changed before the rule sees them.
  void ChangeImages(std::function<at::Tensor(const at::Tensor&)> change);

  /// The rule's first and second half of a step, without the trainer.
  StepReport Learn(const Batch& batch, const Progress& progress);
  void Commit(const Progress& progress);
  /// The rule's features of images, in evaluation mode.
  at::Tensor Features(const at::Tensor& images);

  void Visit(StateVisitor& visitor);
  Snapshot Save();

  Network& network() { return learner_->network(); }
  Rule& rule() { return learner_->rule(); }
  Learner& learner() { return *learner_; }

 private:
  class Hand;  // hands batches to the rule

  std::shared_ptr<const Dataset> data_;
  Samples samples_;
  std::int64_t batch_size_;
  Streams streams_;
  ProgressBar silent_;
  Session session_;
  Trainer trainer_;
  Hand* hand_ = nullptr;
  std::unique_ptr<Learner> learner_;
  std::unique_ptr<Loader> loader_;
};

}  // namespace plasticity
