#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <unordered_map>

#include "suite/batch.h"
#include "suite/state.h"

namespace plasticity {

class Learner;

/// The names of what a learner's updates change: a strategy keeps what it knows of a parameter
/// under its name, which is the same in every life of a cell.
class LearnedParameters {
 public:
  LearnedParameters() = default;
  /// Of the learner's network, rule and readout.
  explicit LearnedParameters(Learner& learner);

  /// The name of a parameter of an Update, such as "network.block1.weight". Throws RunError for one
  /// that is not the learner's.
  const std::string& NameOf(const at::Tensor& parameter) const;
  /// The parameter of that name.
  const at::Tensor& at(const std::string& name) const { return tensors_.at(name); }

 private:
  NamedTensors tensors_;
  std::unordered_map<const c10::TensorImpl*, std::string> names_;
};

}  // namespace plasticity
