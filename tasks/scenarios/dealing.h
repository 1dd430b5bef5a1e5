#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "suite/scenario.h"

namespace plasticity {

/// The order in which a stream's classes come: a parameter that scenarios share.
struct ClassOrder {
  std::vector<double> given;  ///< {-1}: drawn from the seed

  /// Declares "order".
  static ClassOrder Declare(Params& params);
  /// All classes of the data. Throws InputError where what was given is no order of them.
  std::vector<std::int64_t> Of(const Splits& data, const Streams& streams) const;
};

/// Classes dealt out to experiences.
struct Dealt {
  std::vector<std::vector<std::int64_t>> classes;  ///< by experience
  ClassPlan plan;                                  ///< of the same
};

/// Deals `order` out in runs whose lengths differ by one at most. Throws InputError where there are
/// more experiences than classes of `data_name`.
Dealt Deal(const std::vector<std::int64_t>& order, std::size_t experiences,
           const std::string& data_name);

/// What every experience asks for where all ask for all classes of the data. In the task- and
/// class-incremental settings each experience's classes are the stream's own, so that class c of
/// experience k becomes k * classes + c, which `Shifted` gives.
ClassPlan SameClasses(std::int64_t classes, std::size_t experiences);
/// The samples with labels shifted by `place` times `classes`.
Samples Shifted(const Samples& samples, std::size_t place, std::int64_t classes);

}  // namespace plasticity
