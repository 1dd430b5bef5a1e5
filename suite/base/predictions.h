#pragma once

#include <compare>
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "suite/base/packed_numbers.h"

namespace plasticity {

class Fields;

/// What was answered for every image of a set, in the order of its samples. Kept packed, as a
/// Result's file has them, since they are many and most readers ask how many are right.
class Predictions {
 public:
  Predictions() = default;  ///< none
  /// `predicted` from 0 to classes - 1 (at most 65,536 classes), and whether each is the label.
  /// Throws InputError where one is none of the classes, or not as many were judged.
  Predictions(int classes, const std::vector<int>& predicted, const std::vector<bool>& right);
  /// The inverse of ToJson. Throws InputError at what it does not write.
  static Predictions FromJson(Fields fields);
  nlohmann::json ToJson() const;

  int classes() const { return classes_; }             ///< how many there were to choose among
  std::size_t size() const { return right_.size(); }   ///< images
  std::size_t right() const { return right_.ones(); }  ///< how many of them
  std::vector<int> Predicted() const;                  ///< by image
  std::vector<bool> Right() const;  ///< by image: whether the prediction is the label

  /// Same classes and the same answer for every image.
  friend bool operator==(const Predictions&, const Predictions&) = default;
  /// Some order of them.
  friend auto operator<=>(const Predictions&, const Predictions&) = default;

 private:
  int classes_ = 0;
  PackedNumbers predicted_;  // in groups
  PackedNumbers right_;      // a bit each
};

}  // namespace plasticity
