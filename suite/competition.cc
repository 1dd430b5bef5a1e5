#include "suite/competition.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "suite/ops/activations.h"

namespace plasticity {
namespace {

// The k-th largest of each row of u [n, out]: [n, 1].
at::Tensor KthLargest(const at::Tensor& u, std::int64_t k) {
  return k == 1 ? u.amax(1, true) : std::get<0>(u.topk(k, 1)).slice(1, k - 1, k);
}

// Which unit has rank k in each row: [n, 1].
at::Tensor OfRank(const at::Tensor& u, std::int64_t k) {
  return std::get<1>(u.topk(k, 1)).slice(1, k - 1, k);
}

}  // namespace

Competition::Competition(Params& params)
    : kind_(params.Choice(
          "competition", "none",
          {"none", "relu", "tanh", "triangle", "softmax", "signed_softmax", "ranked_softmax",
           "power", "kwta", "kwta_positive", "kwta_linear", "ranked"},
          "how units compete: activities Y from pre-activations U")),
      temperature_(
          params.PerLayer("temperature", {1}, kPositive,
                          "inverse temperature t of the softmax kinds, exponent of power")),
      k_(params.PerLayer("k", {1}, Range{.min = 1},
                         "how many units win (kwta), or the rank that learns anti-Hebbian (ranked)",
                         "units")),
      delta_(
          params.Real("delta", 0.4, kNonNegative, "strength of anti-Hebbian learning (ranked)")) {}

std::int64_t Competition::k(std::size_t layer, std::int64_t units) const {
  return std::min<std::int64_t>(units, std::llround(AtLayer(k_, layer)));
}

at::Tensor Competition::operator()(const at::Tensor& u, std::size_t layer) const {
  const double t = temperature(layer);
  const std::int64_t k = this->k(layer, u.size(1));
  if (kind_ == "none") return u;
  if (kind_ == "relu") return at::relu(u);
  if (kind_ == "tanh") return at::tanh(u);
  if (kind_ == "triangle") return Triangle(u, 1);
  if (kind_ == "softmax") return at::softmax(u * t, 1);
  if (kind_ == "signed_softmax") {
    const at::Tensor y = at::softmax(u * t, 1);
    const at::Tensor winner = u.argmax(1, true);  // [n, 1]
    return (-y).scatter(1, winner, y.gather(1, winner));
  }
  if (kind_ == "ranked_softmax") {
    const at::Tensor y = at::softmax(u * t, 1);
    const at::Tensor ranked = OfRank(u, k);  // [n, 1]
    return y.scatter(1, ranked, y.gather(1, ranked) * -delta_);
  }
  if (kind_ == "power") {
    const at::Tensor y = u.clamp_min(0).pow(t);
    return y / y.sum(1, true).clamp_min(1e-30);
  }
  if (kind_ == "ranked") {
    const at::Tensor y = at::zeros_like(u).scatter(1, OfRank(u, 1), 1);
    return y.scatter(1, OfRank(u, k), -delta_);
  }
  const at::Tensor wins = u >= KthLargest(u, k);  // [n, out]
  if (kind_ == "kwta_linear") return u * wins;
  if (kind_ == "kwta_positive") return (wins & (u > 0)).to(u.scalar_type());
  return wins.to(u.scalar_type());
}

}  // namespace plasticity
