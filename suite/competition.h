#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "suite/params.h"

namespace plasticity {

/// How the units of a layer compete: the named part that turns pre-activations U into activities Y,
/// both [n, out], row by row. A rule's RuleInfo::defaults names the kind, a user swaps it with
/// `--set rule.competition=kwta`.
///
///   none            Y = U
///   relu, tanh      of U
///   triangle        relu(U - mean over units)                      Coates, Lee & Ng 2011
///   softmax         softmax(t U)
///   signed_softmax  softmax(t U), negated for all but the winner   Journe et al. 2023
///   ranked_softmax  softmax(t U), times -delta for the unit of rank k
///   power           U^t / sum of U^t, for U >= 0                   Lagani et al. 2022
///   kwta            1 for the k largest, else 0
///   kwta_positive   1 for those of the k largest that are above 0  Miconi 2021
///   kwta_linear     U for the k largest, else 0
///   ranked          1 for the largest, -delta for the k-th         Krotov & Hopfield 2019
///
/// Units that tie with the k-th largest win too.
class Competition {
 public:
  /// What a kind may look at besides U.
  struct Setting {
    double temperature;  ///< the inverse temperature t of a softmax
    std::int64_t k;      ///< how many units win, or the rank of the anti-Hebbian one
    double delta;        ///< strength of anti-Hebbian learning
  };

  /// Declares the competition's parameters.
  explicit Competition(Params& params);

  /// Y [n, out] of u [n, out] in layer `layer`.
  at::Tensor operator()(const at::Tensor& u, std::size_t layer) const;

  /// The inverse temperature t of a layer.
  double temperature(std::size_t layer) const { return AtLayer(temperature_, layer); }
  /// k of a layer of `units`, at most that many.
  std::int64_t k(std::size_t layer, std::int64_t units) const;

 private:
  at::Tensor (*compete_)(const at::Tensor& u, const Setting& setting);
  std::vector<double> temperature_;
  std::vector<double> k_;
  double delta_;
};

}  // namespace plasticity
