#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "suite/batch.h"
#include "suite/network.h"
#include "suite/objective.h"
#include "suite/params.h"
#include "suite/registry.h"
#include "suite/state.h"

namespace plasticity {

/// How far a weight's change looks.
enum class Locality {
  kNone,    ///< nothing is learned
  kLocal,   ///< the layer's input, its units and the competition between them
  kLayer,   ///< a loss of one block; gradients stop at the block's input
  kGlobal,  ///< the whole network
};

/// "none", "local", "layer" or "global".
std::string LocalityName(Locality locality);

/// What a rule's update is.
enum class Descent {
  kNone,          ///< nothing is learned
  kOwnDirection,  ///< the rule's own change
  kLoss,          ///< the gradient of the loss that the rule reports
};

/// "none", "own" or "loss".
std::string DescentName(Descent descent);

/// A number that a paper reports for a rule, shown beside ours.
struct Published {
  std::string data;    ///< "cifar10"
  double accuracy;     ///< fraction of test images
  double spread;       ///< as the source gives it, fraction; 0 where it gives none
  std::string source;  ///< where it is read
};

/// What a rule states about itself. Traits are enforced by how the rule is called, so filters on
/// them are true.
struct RuleInfo {
  std::string name;           ///< as `--rule` takes it: lower-case words joined by _ or -
  std::string summary;        ///< one line
  std::string formula;        ///< the update, as `describe` prints it
  std::string source;         ///< paper, and where the code differs from it
  std::string citation;       ///< BibTeX key
  bool needs_labels = false;  ///< without it, the rule is handed no labels
  Locality locality = Locality::kLocal;      ///< how far a weight's change looks
  Descent descent = Descent::kOwnDirection;  ///< what an update is
  bool backward = false;  ///< errors or gradients reach a block through the blocks behind it; not
                          ///< where each gets the output's error straight
  bool weight_transport =
      false;  ///< errors travel back from block to block through the forward weights themselves
  bool is_baseline = false;  ///< something that rules are judged against, never ranked
  std::string role;          ///< "ceiling" or "floor" in a leaderboard; else ""
  bool trains_head =
      false;  ///< learns the network's own linear head, which an online readout then uses
  nlohmann::json defaults = nlohmann::json::object();  ///< of parameters that its base class
                                                       ///< declares: {"learning_rate": 0.1}
  nlohmann::json native = nlohmann::json::object();    ///< settings of its published protocol:
                                                       ///< {"network": .., "set": {..}}
  std::vector<Published> published;                    ///< what papers report
};

/// The columns of `list` for a rule.
std::vector<Fact> ColumnsOf(const RuleInfo& info);
/// The lines of `describe` for a rule.
std::vector<Fact> FactsOf(const RuleInfo& info);
/// What `describe` and a native run show of a published number.
Fact FactOf(const Published& published);

/// How weights change, given what a network sees. Derive from HebbianRule (A and R), from
/// LocalLossRule (a loss per block) or from this (the whole network), the first that fits.
class Rule {
 public:
  /// The kind's name.
  static constexpr const char* kKind = "rule";
  /// What an entry says about itself.
  using Info = RuleInfo;

  /// Declares what every rule has. `batch_size` is the rule's published one.
  Rule(Params& params, std::int64_t batch_size);
  virtual ~Rule() = default;

  /// Called once, before the first step: takes the network, initialises weights where the rule has
  /// its own way, and makes the rule's own state.
  virtual void Attach(Network& network) { network_ = &network; }

  /// The first half of a step: finds the directions of one batch and leaves them in update(). The
  /// network's weights stay (running statistics move).
  virtual StepReport Learn(const Batch& batch, const Progress& progress) = 0;

  /// The second half: takes update(), with the rule's optimiser, or its rate, bound and constraint.
  virtual void Commit(const Progress& progress) = 0;

  /// Both halves.
  StepReport Step(const Batch& batch, const Progress& progress) {
    StepReport report = Learn(batch, progress);
    Commit(progress);
    return report;
  }

  /// What Learn found and Commit is about to take.
  Update& update() { return update_; }

  /// What labels ask of scores; Objective::Plain() until it is set.
  void set_objective(const Objective& objective) { objective_ = &objective; }

  /// Names the steps that do the same work: those of one branch call the same operations with the
  /// same numbers, on tensors that stay where they are, so that what differs is in the tensors
  /// alone (images, labels, weights, state). A GPU may then replay one for the other, without
  /// calling the rule (`--cuda-graphs`). kNoBranch: the step is like no other, as where it draws,
  /// or a rate of its own falls.
  virtual std::int64_t Branch(const Progress& /*progress*/) const { return kNoBranch; }

  /// The maps that the last block gives for images [n, c, h, w], in evaluation mode, without
  /// gradients: [n, channels, height, width], or [n, features] of a dense block.
  virtual at::Tensor Encode(const at::Tensor& images) { return network().Maps(images); }

  /// Features that a readout gets: [n, count] for images [n, c, h, w], without gradients.
  virtual at::Tensor Features(const at::Tensor& images);
  /// `count` of Features for images of `image_size` values.
  virtual std::int64_t FeatureCount(std::int64_t /*image_size*/) const {
    return network_->feature_count();
  }

  /// Multiply-adds times 2 of one step, for one image: forward, plus what learning adds. For the
  /// cost columns.
  virtual double learn_flops() const { return network_->forward_flops(); }

  /// Numbers about its state that the rule lets a curve follow, once an epoch: {"name": value}.
  virtual nlohmann::json Monitor() { return nlohmann::json::object(); }

  /// The rule's own state, beyond the network's tensors.
  virtual void Visit(StateVisitor&) {}

  /// Images a step.
  std::int64_t batch_size() const { return batch_size_; }

 protected:
  /// What Attach was given.
  Network& network() const { return *network_; }
  /// What labels ask of scores.
  const Objective& objective() const { return *objective_; }

 private:
  Network* network_ = nullptr;
  const Objective* objective_ = &Objective::Plain();
  Update update_;
  std::int64_t batch_size_;
};

/// All rules that the program knows.
template <>
Registry<Rule>& Registry<Rule>::Get();

}  // namespace plasticity
