#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "suite/network.h"
#include "suite/registry.h"
#include "suite/rule.h"
#include "suite/engine/session.h"
#include "suite/state.h"

namespace plasticity {

/// Frozen features and labels of a set of images, all in memory.
struct LabelledFeatures {
  at::Tensor features;  ///< [n, count] float32
  at::Tensor labels;    ///< [n] int64
};

/// Labelled images that a readout passes through the network itself.
struct LabelledImages {
  std::int64_t count = 0;
  /// Images [n, c, h, w] and labels [n] at n indices of 0 to count - 1.
  std::function<std::pair<at::Tensor, at::Tensor>(const std::int64_t* indices, std::int64_t n)>
      batch;
};

/// What a readout states about itself.
struct ReadoutInfo {
  std::string name;
  std::string summary;
  std::string source;
  bool online = false;      ///< trained beside the rule, on the features of its own forward passes
  bool fine_tunes = false;  ///< trains the network's weights too, after the rule
};

/// Turns features into class scores. An online readout gets every step's features; the others get
/// all frozen features at once, after the rule has learned.
class Readout {
 public:
  static constexpr const char* kKind = "readout";
  using Info = ReadoutInfo;
  virtual ~Readout() = default;

  /// Called once before anything else.
  virtual void Attach(const RuleInfo& rule, Network& network, std::int64_t feature_count,
                      std::int64_t classes) = 0;

  /// The first half of a step: finds the directions of a batch with features [n, count] and leaves
  /// them in update(). Returns the loss, where the readout has one.
  virtual StepReport Learn(const at::Tensor& features, const Batch& batch,
                           const Progress& progress);
  /// The second half: takes update().
  virtual void Commit(const Progress& progress);
  Update& update() { return update_; }

  /// What labels ask of scores; Objective::Plain() until it is set.
  void set_objective(const Objective& objective) { objective_ = &objective; }

  /// Fits a readout that is not online. Calls session.Checkpoint() where its state is complete.
  virtual void Fit(const LabelledFeatures& train, Session& session);

  /// Trains a readout that fine-tunes, and the network with it. Checkpoints as Fit does.
  virtual void FineTune(const LabelledImages& train, Session& session);

  /// Class scores [n, classes] of features [n, count], without gradients.
  virtual at::Tensor Scores(const at::Tensor& features) = 0;

  virtual void Visit(StateVisitor&) {}

 protected:
  const Objective& objective() const { return *objective_; }

 private:
  const Objective* objective_ = &Objective::Plain();
  Update update_;
};

template <>
Registry<Readout>& Registry<Readout>::Get();

}  // namespace plasticity
