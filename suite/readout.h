#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "suite/batch.h"
#include "suite/network.h"
#include "suite/objective.h"
#include "suite/registry.h"
#include "suite/rule.h"
#include "suite/state.h"

namespace plasticity {

/// Frozen features of a set of images, and what their images are asked, all in memory.
struct FeatureBank {
  at::Tensor features;    ///< [m, count] float32
  at::Tensor labels;      ///< [m] int64
  at::Tensor candidates;  ///< as Batch::candidates
};

/// What a readout states about itself.
struct ReadoutInfo {
  std::string name;     ///< as `--readout` takes it
  std::string summary;  ///< one line
  std::string source;   ///< paper, and where the code differs from it
  bool beside = false;  ///< learns beside the rule, on the features of its own forward passes; else
                        ///< after it, on frozen features
  bool logits = true;   ///< the softmax of its scores is its confidence
  bool grows = false;   ///< Fit adds to what it was fitted on since Attach; else it starts anew
};

/// The columns of `list` for a readout.
std::vector<Fact> ColumnsOf(const ReadoutInfo& info);
/// The lines of `describe` for a readout.
std::vector<Fact> FactsOf(const ReadoutInfo& info);

/// How a readout that learns after the rule by steps goes over the features.
struct Passes {
  std::int64_t epochs = 1;       ///< passes over the features
  std::int64_t batch_size = 64;  ///< images a step
};

/// Turns features into class scores. It learns by steps, in the same two halves as a rule (beside
/// it, or after it where it says how many passes it makes), or in closed form.
class Readout {
 public:
  /// The kind's name.
  static constexpr const char* kKind = "readout";
  /// What an entry says about itself.
  using Info = ReadoutInfo;
  virtual ~Readout() = default;

  /// Called before anything else; called again, the readout forgets all and begins anew.
  virtual void Attach(const RuleInfo& rule, Network& network, std::int64_t feature_count,
                      std::int64_t classes) = 0;

  /// The passes of a readout that learns by steps after the rule.
  virtual std::optional<Passes> passes() const { return std::nullopt; }

  /// The first half of a step: finds the directions of a batch and leaves them in update().
  /// `features` is [m, count]; `rows` [n] tells which of them the batch is, undefined: all. The
  /// batch gives labels and candidates. Returns the loss, where the readout has one.
  virtual StepReport Learn(const at::Tensor& features, const at::Tensor& rows, const Batch& batch,
                           const Progress& progress);
  /// The second half: takes update().
  virtual void Commit(const Progress& progress);
  /// What Learn found and Commit is about to take.
  Update& update() { return update_; }

  /// As Rule::Branch, of the readout's part of a step.
  virtual std::int64_t Branch(const Progress& /*progress*/) const { return kNoBranch; }

  /// What labels ask of scores; Objective::Plain() until it is set.
  void set_objective(const Objective& objective) { objective_ = &objective; }

  /// Fits a readout that learns in closed form; one that grows, on top of what it knows.
  virtual void Fit(const FeatureBank& train);

  /// Class scores [n, classes] of features [n, count]; gradients flow where the caller wants them.
  virtual at::Tensor Scores(const at::Tensor& features) = 0;

  /// The readout's own state.
  virtual void Visit(StateVisitor&) {}

 protected:
  /// What labels ask of scores.
  const Objective& objective() const { return *objective_; }

 private:
  const Objective* objective_ = &Objective::Plain();
  Update update_;
};

/// All readouts that the program knows.
template <>
Registry<Readout>& Registry<Readout>::Get();

}  // namespace plasticity
