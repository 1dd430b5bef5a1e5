#pragma once

#include <ATen/core/Tensor.h>

#include <bit>
#include <cstdint>
#include <vector>

namespace plasticity {

/// One batch as a rule, a readout and a strategy see it.
struct Batch {
  at::Tensor images;      ///< [n, c, h, w] float32, normalised
  at::Tensor labels;      ///< [n] int64; undefined for a rule that needs none
  at::Tensor candidates;  ///< bool [classes] or [n, classes]: the classes that scores may choose
                          ///< among; undefined: all
  at::Tensor ids;         ///< [n] int64, each image's place in its source; undefined where unknown
  bool features_wanted =
      true;  ///< whether anyone looks at the step's features (a readout beside the rule does)
  bool directions_wanted =
      true;  ///< whether anyone looks at the rule's update() before Commit: else
             ///< a rule may leave directions out and take them all the same
};

/// The images of both, a's first. What one of them has and the other has not is left out, but
/// candidates: those of a batch without any are all classes.
Batch Join(const Batch& a, const Batch& b);

/// Images `from` to `to` - 1 of a batch.
Batch Rows(const Batch& batch, std::int64_t from, std::int64_t to);

/// Where in its training a rule or a readout is.
struct Progress {
  std::int64_t step = 0;    ///< of this phase's steps, from 0: what schedules read
  std::int64_t steps = 1;   ///< of this phase
  std::int64_t epoch = 0;   ///< from 0
  std::int64_t epochs = 1;  ///< of this phase
  std::uint64_t draw = 0;   ///< never the same twice in a cell's life: what random streams are
                            ///< indexed by
};

/// What Branch says of a step that is like no other.
inline constexpr std::int64_t kNoBranch = -1;
/// The branch of steps that differ from others by this number alone: a rate, as it stands.
inline std::int64_t BranchOf(double number) { return std::bit_cast<std::int64_t>(number); }

/// A step that is about to be taken: each parameter goes down its direction (a gradient, or minus a
/// rule's own change). What stands between the two halves of a step may change the directions.
struct Update {
  std::vector<at::Tensor> parameters;  ///< what is about to change
  std::vector<at::Tensor> directions;  ///< one a parameter, of its shape

  /// Adds a parameter with its direction.
  void Add(const at::Tensor& parameter, const at::Tensor& direction) {
    parameters.push_back(parameter);
    directions.push_back(direction);
  }
};

/// What the first half of a step gives back.
struct StepReport {
  at::Tensor features;  ///< [n, features] of the step's own forward pass, detached; undefined where
                        ///< it has none
  at::Tensor loss;      ///< scalar, detached; undefined where the rule has none
  bool looked = true;   ///< whether the images were passed through the network at all
};

}  // namespace plasticity
