#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "suite/state.h"

namespace plasticity {

/// Which of a layer's units are of little use, and may make room for new ones: generate and test.
/// A unit's utility is a running mean of (mean |h|) times (sum of |outgoing weights|); of the units
/// older than `maturity` steps a share is given up at each step, the least useful first. Source:
/// Dohare et al. 2024 (Nature 632:768), algorithm 1, with utilities corrected for the start of
/// their running mean, as in their code (shibhansh/loss-of-plasticity, lop/algos/gnt.py).
class UnitTurnover {
 public:
  /// Numbers from [0, 1), one a call.
  using Draw = std::function<double()>;
  /// How units are judged and given up.
  struct Settings {
    double decay = 0.99;          ///< of running means
    double replacement = 1e-4;    ///< share of the mature units given up at a step
    std::int64_t maturity = 100;  ///< steps for which a new unit is left alone
    bool accumulate = true;       ///< shares below one unit add up (the paper); else each is the
                                  ///< chance that one unit goes (the code's default)
    bool adaptable = false;       ///< a unit's mean activity is no use of it, and large incoming
                                  ///< weights, which adapt slowly, are a fault
  };

  UnitTurnover() = default;
  /// Of a layer of so many units.
  UnitTurnover(Settings settings, std::int64_t units, at::Device device);

  /// One step: `activity` [n, units, ...] of the units, their weights `incoming` [units, ...], and
  /// the weights `outgoing` [out, units * k] or [out, units, ...] by which others see them.
  void Observe(const at::Tensor& activity, const at::Tensor& incoming, const at::Tensor& outgoing);
  /// Which units go now, the least useful first; draws only where shares do not add up.
  std::vector<std::int64_t> Expendable(const Draw& draw);
  /// The units are new.
  void Forget(const std::vector<std::int64_t>& units);

  /// Utilities [units], corrected for the start of the running mean.
  at::Tensor utility() const;
  /// Mean activities [units], corrected likewise.
  at::Tensor mean_activity() const;
  /// How many steps each unit is old: [units].
  const at::Tensor& age() const { return age_; }

  /// Utilities, mean activities and ages, as they stand.
  void Visit(StateVisitor& visitor);

 private:
  at::Tensor Correction() const;

  Settings settings_;
  at::Tensor utility_;        // [units], running
  at::Tensor mean_activity_;  // [units], running
  at::Tensor age_;            // [units]
  double due_ = 0;            // the share that has added up
};

/// The weights around the units of a layer.
struct UnitWeights {
  at::Tensor incoming;   ///< [units, ...]
  at::Tensor bias;       ///< [units], or undefined
  at::Tensor outgoing;   ///< [out, units * k] or [out, units, ...]
  at::Tensor next_bias;  ///< [out], of those that see them, or undefined
};

/// Makes unit `unit` anew: incoming weights uniform in +-bound, no bias, and outgoing weights zero.
/// What those that see it lose on average goes to their bias, for a mean activity `mean`; 0: none.
void RenewUnit(const UnitWeights& weights, std::int64_t unit, double bound, double mean,
               const UnitTurnover::Draw& draw);

}  // namespace plasticity
