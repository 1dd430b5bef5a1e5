#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "suite/samples.h"

namespace plasticity {

/// What is told at a test, and among which classes scores choose (van de Ven, Tuytelaars & Tolias
/// 2022, Nature Machine Intelligence 4:1185).
enum class Increment {
  kTask,    ///< an image's experience is told: scores choose among its classes
  kDomain,  ///< all experiences ask for the same labels, and it is not told which one it is
  kClass    ///< it is not told, and scores choose among all classes seen so far
};

/// A part of a stream: what is learned from at a time, and what is asked of it.
struct Experience {
  std::string name;            ///< such as "2" for the second of a stream
  std::size_t place = 0;       ///< in the stream, from 0
  Samples train;               ///< what is learned from, among the candidates of the setting
  Samples validation;          ///< what settings may be chosen on
  Samples test;                ///< what is looked at once, at the end
  bool boundary_known = true;  ///< whether a strategy is told where it begins and ends
};

/// A data set as a stream of experiences. Class g of the stream belongs to one of them, its home.
struct Experiences {
  std::vector<Experience> all;     ///< in the order in which they come
  Increment setting;               ///< what is told at a test
  std::int64_t classes = 0;        ///< labels go from 0 to classes - 1
  std::vector<std::int64_t> home;  ///< [classes], each class's experience; of the domain setting,
                                   ///< in which every experience has every class, empty
  at::Tensor seen;  ///< bool [experiences, classes]: whether a training image of a class has come
                    ///< once an experience has; where boundaries are blurred, before its home does

  /// How many there are.
  std::size_t size() const { return all.size(); }
  /// The one at `place`.
  const Experience& operator[](std::size_t place) const { return all[place]; }

  /// The classes among which images with these labels [n] are told apart while the experience at
  /// `now` is learned: bool [classes], or [n, classes] where it depends on the image; undefined for
  /// all.
  at::Tensor Candidates(const at::Tensor& labels, std::size_t now) const;
  /// The training images of the first `count` experiences as one, under the candidates of the last
  /// of them.
  Samples TrainOfFirst(std::size_t count) const;
  /// What is asked of the experience at `on` once that at `after` was learned; -1: none was. In a
  /// cell that tunes, of its validation images.
  Samples Asked(std::size_t on, std::int64_t after) const;
};

/// How the classes of a stream lie in its experiences.
struct ClassPlan {
  std::vector<std::int64_t> home;   ///< by class: its experience
  std::vector<std::int64_t> local;  ///< by class: which of its experience's it is, from 0
};

/// Puts labels and candidates in order: `parts` have the stream's classes as labels, and none of
/// the candidates. In the domain setting labels become local ones.
Experiences Arrange(std::vector<Experience> parts, const ClassPlan& plan, Increment setting);

}  // namespace plasticity
