#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "suite/batch.h"
#include "suite/learned_parameters.h"
#include "suite/ops/importance.h"
#include "suite/params.h"
#include "suite/state.h"
#include "suite/strategy.h"

namespace plasticity {

/// A strategy that holds weights where an experience left them, each as firmly as it is important:
/// the gradient of a quadratic penalty is added to a step's directions, the rule's and those of a
/// readout beside it. Only Importance must be written.
class PenaltyStrategy : public Strategy {
 public:
  /// Declares "strength", with its default.
  PenaltyStrategy(Params& params, double strength);

  void Attach(Learner& learner) override;
  void Begin(const Experience& experience) override { RequireBoundary(experience); }
  StepReport Step(Learner& learner, const Batch& batch, const Progress& progress) override;
  void End(const Experience& experience) override;
  void Visit(StateVisitor& visitor) override;

 protected:
  /// How important weights are for an experience that was just learned, by the parameter's name;
  /// those that are left out are held as before.
  virtual NamedTensors Importance(const Experience& experience) = 0;
  /// What holds a weight from now on: `held` did so far, and `fresh` is what Importance gave, at
  /// the weight as it is. By default importances add up, and the anchor is the fresh one.
  virtual Quadratic Merge(const Quadratic& held, const Quadratic& fresh) const {
    return Renewed(held, fresh);
  }
  /// The penalty's gradient is strength * factor * importance * (weight - anchor).
  virtual double factor() const { return 1; }

  /// Adds the penalty's gradient to what Learn found.
  void AddPenalty();
  /// What updates change, by name.
  const LearnedParameters& parameters() const { return parameters_; }
  /// The names of what updates have changed so far: the rule's, or the readout's.
  const std::set<std::string>& changed_by_rule() const { return changed_[0]; }
  const std::set<std::string>& changed_by_readout() const { return changed_[1]; }  ///< see above
  /// The parameters of these names, in their order.
  std::vector<at::Tensor> Handles(const std::set<std::string>& names) const;
  /// `count` training images of an experience, as many of each class as can be; the same whenever
  /// asked.
  Batch Examined(const Experience& experience, std::int64_t count) const;

 private:
  LearnedParameters parameters_;
  std::set<std::string> changed_[2];
  NamedTensors importance_, anchor_;  // by the parameter's name
  double strength_;
};

/// A penalty whose importance is the Fisher information. Of a network that its rule trains from the
/// image to the head it is that of label likelihood, image by image, in evaluation mode. Of a rule
/// that descends another loss it is the mean over batches of that loss's squared gradients, as the
/// rule finds them, and label likelihood's for the readout beside it.
class FisherStrategy : public PenaltyStrategy {
 public:
  /// Declares "strength", "fisher", "beta" and "importance_images".
  FisherStrategy(Params& params, double strength);

 protected:
  NamedTensors Importance(const Experience& experience) override;

 private:
  void AddLikelihood(const std::set<std::string>& names, const OutputsOf& scores_of,
                     const Batch& batch, NamedTensors& found) const;
  void AddSquaredDirections(const Batch& batch, std::size_t place, NamedTensors& found) const;

  FisherKind kind_;
  double beta_;
  std::int64_t images_;
};

}  // namespace plasticity
