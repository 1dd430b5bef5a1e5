#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "suite/learner.h"
#include "suite/state.h"

namespace plasticity {

/// A learner as it once stood, which goes on answering as it did then.
class Teacher {
 public:
  /// From now on it answers as this learner does now.
  void Become(Learner& learner);
  /// Whether it ever became one.
  bool ready() const { return !kept_.tensors.empty(); }
  /// Scores [n, classes] of images [n, c, h, w], in evaluation mode, without gradients.
  at::Tensor Scores(const at::Tensor& images, const Surroundings& surroundings);
  /// What it must find again.
  void Visit(StateVisitor& visitor);

 private:
  Snapshot kept_;
  std::unique_ptr<Learner> learner_;  // made from it when it is first asked
};

}  // namespace plasticity
