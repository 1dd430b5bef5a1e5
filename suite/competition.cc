#include "suite/competition.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "suite/ops/activations.h"
#include "suite/ops/top_k.h"

namespace plasticity {
namespace {

// The k-th largest of each row of u [n, out]: [n, 1].
at::Tensor KthLargest(const at::Tensor& u, std::int64_t k) {
  return k == 1 ? u.amax(1, true) : TopK(u, k).first.slice(1, k - 1, k);
}

// Which units have ranks 1 to k in each row: [n, k].
at::Tensor Ranks(const at::Tensor& u, std::int64_t k) { return TopK(u, k).second; }

// Which unit has rank k in each row: [n, 1].
at::Tensor OfRank(const at::Tensor& u, std::int64_t k) { return Ranks(u, k).slice(1, k - 1, k); }

using Setting = Competition::Setting;

at::Tensor None(const at::Tensor& u, const Setting&) { return u; }

at::Tensor Relu(const at::Tensor& u, const Setting&) { return at::relu(u); }

at::Tensor Tanh(const at::Tensor& u, const Setting&) { return at::tanh(u); }

at::Tensor AboveMean(const at::Tensor& u, const Setting&) { return Triangle(u, 1); }

at::Tensor Softmax(const at::Tensor& u, const Setting& setting) {
  return at::softmax(u * setting.temperature, 1);
}

at::Tensor SignedSoftmax(const at::Tensor& u, const Setting& setting) {
  const at::Tensor y = Softmax(u, setting);
  const at::Tensor winner = u.argmax(1, true);  // [n, 1]
  return (-y).scatter(1, winner, y.gather(1, winner));
}

at::Tensor RankedSoftmax(const at::Tensor& u, const Setting& setting) {
  const at::Tensor y = Softmax(u, setting);
  const at::Tensor ranked = OfRank(u, setting.k);  // [n, 1]
  return y.scatter(1, ranked, y.gather(1, ranked) * -setting.delta);
}

at::Tensor Power(const at::Tensor& u, const Setting& setting) {
  const at::Tensor y = u.clamp_min(0).pow(setting.temperature);
  return y / y.sum(1, true).clamp_min(1e-30);
}

// Which units are among the k largest: [n, out].
at::Tensor Wins(const at::Tensor& u, const Setting& setting) {
  return u >= KthLargest(u, setting.k);
}

at::Tensor Kwta(const at::Tensor& u, const Setting& setting) {
  return Wins(u, setting).to(u.scalar_type());
}

at::Tensor KwtaPositive(const at::Tensor& u, const Setting& setting) {
  return (Wins(u, setting) & (u > 0)).to(u.scalar_type());
}

at::Tensor KwtaLinear(const at::Tensor& u, const Setting& setting) { return u * Wins(u, setting); }

at::Tensor Ranked(const at::Tensor& u, const Setting& setting) {
  const at::Tensor ranks = Ranks(u, setting.k);  // [n, k]
  at::Tensor y = at::zeros_like(u).scatter_(1, ranks.slice(1, 0, 1), 1);
  return y.scatter_(1, ranks.slice(1, setting.k - 1, setting.k), -setting.delta);
}

constexpr Named<at::Tensor (*)(const at::Tensor&, const Setting&)> kCompetitions[] = {
    {"none", None},
    {"relu", Relu},
    {"tanh", Tanh},
    {"triangle", AboveMean},
    {"softmax", Softmax},
    {"signed_softmax", SignedSoftmax},
    {"ranked_softmax", RankedSoftmax},
    {"power", Power},
    {"kwta", Kwta},
    {"kwta_positive", KwtaPositive},
    {"kwta_linear", KwtaLinear},
    {"ranked", Ranked}};

bool ReadsTemperature(at::Tensor (*compete)(const at::Tensor&, const Setting&)) {
  return compete == Softmax || compete == SignedSoftmax || compete == RankedSoftmax ||
         compete == Power;
}

bool ReadsDelta(at::Tensor (*compete)(const at::Tensor&, const Setting&)) {
  return compete == Ranked || compete == RankedSoftmax;
}

}  // namespace

Competition::Competition(Params& params)
    : compete_(params.Choice("competition", "none", kCompetitions,
                             "how units compete: activities Y from pre-activations U")),
      temperature_(params.Untuned(!ReadsTemperature(compete_))
                       .PerLayer("temperature", {1}, kPositive,
                                 "inverse temperature t of the softmax kinds, exponent of power")),
      k_(params.Untuned().PerLayer(
          "k", {1}, Range{.min = 1, .whole = true},
          "how many units win (kwta), or the rank that learns anti-Hebbian (ranked)", "units")),
      delta_(params.Untuned(!ReadsDelta(compete_))
                 .Real("delta", 0.4, kNonNegative, "strength of anti-Hebbian learning (ranked)")) {}

std::int64_t Competition::k(std::size_t layer, std::int64_t units) const {
  return std::min<std::int64_t>(units, std::llround(AtLayer(k_, layer)));
}

at::Tensor Competition::operator()(const at::Tensor& u, std::size_t layer) const {
  return compete_(u, {temperature(layer), k(layer, u.size(1)), delta_});
}

}  // namespace plasticity
