#pragma once

#include <optional>
#include <string>
#include <vector>

#include "suite/base/result.h"

namespace plasticity {

/// The accuracies of a stream: a row after each experience, a column on each.
struct StreamMatrix {
  bool has_start = false;                 ///< whether row 0 is from before the first experience
  std::vector<std::vector<double>> rows;  ///< NaN where there is no value

  /// The row after so many experiences, from 1.
  const std::vector<double>& After(std::size_t experiences) const {
    return rows[experiences - (has_start ? 0 : 1)];
  }
};

/// The record of that name, if it has the axes after and on, and a row after each experience.
std::optional<StreamMatrix> StreamMatrixOf(const Result& result, const std::string& record);

}  // namespace plasticity
