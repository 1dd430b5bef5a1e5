#include "suite/hebbian_rule.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

namespace plasticity {
namespace {

// W [out, in, ...] as [out, in].
at::Tensor Matrix(const at::Tensor& weight) { return weight.flatten(1); }

// Per-unit values [out] shaped to multiply a weight [out, in, ...].
at::Tensor PerUnit(const at::Tensor& values, const at::Tensor& weight) {
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(weight.dim()), 1);
  sizes[0] = -1;
  return values.view(sizes);
}

at::Tensor DecayTimesWeight(const at::Tensor& decay, const at::Tensor& weight) {
  if (decay.dim() == 1) return PerUnit(decay, weight) * weight;
  return decay.mm(Matrix(weight)).view_as(weight);
}

}  // namespace

at::Tensor PostTimesInput(const PlasticLayer& layer, const at::Tensor& padded,
                          const at::Tensor& post) {
  const bool narrow = layer.precision == Precision::kBfloat16;
  const at::Tensor a = narrow ? post.to(at::kBFloat16) : post;
  const at::Tensor x = narrow ? padded.to(at::kBFloat16) : padded;
  const at::Tensor product =
      layer.convolutional
          ? ConvolutionWeightGradient(x, a, layer.weight.to(x.scalar_type()), layer.stride)
          : a.t().mm(x);
  return product.to(at::kFloat);
}

at::Tensor MergedUpdate(const PlasticLayer& layer, const at::Tensor& padded,
                        const Plasticity& plasticity) {
  const at::Tensor grown = PostTimesInput(layer, padded, plasticity.post);
  return plasticity.decay.defined() ? grown - DecayTimesWeight(plasticity.decay, layer.weight)
                                    : grown;
}

at::Tensor InputRows(const PlasticLayer& layer, const at::Tensor& padded) {
  if (!layer.convolutional) return padded;
  const at::Tensor patches =
      at::im2col(padded, {layer.weight.size(2), layer.weight.size(3)}, {1, 1}, {0, 0},
                 {layer.stride, layer.stride});  // [batch, in, positions]
  return patches.transpose(1, 2).reshape({-1, patches.size(1)});
}

HebbianRule::HebbianRule(Params& params, std::int64_t batch_size)
    : Rule(params, batch_size),
      learning_rate_(params.PerLayer("learning_rate", {0.01}, kNonNegative, "step size")),
      step_scale_(params.Choice(
          "step_scale", "mean", {"none", "mean", "max_abs", "sqrt_fan_in"},
          "dW is divided by: nothing, the number of samples, its largest entry, or samples "
          "times sqrt(fan-in)")),
      norm_power_(params.Real("norm_power", 0, kNonNegative,
                              "the rate of a unit is scaled by | |w| - 1 | to this power")),
      p_(params.Real(
          "p", 2, Range{.min = 1},
          "Lebesgue exponent: units compete with |w|^(p-1) sign(w) x, and norms are p-norms")),
      constraint_(params.Choice("constraint", "none", {"none", "unit_norm"},
                                "after each step, rows are left alone or scaled to norm 1")),
      order_(params.Choice(
          "order", "simultaneous", {"simultaneous", "layerwise"},
          "all layers learn at once, or one after the other with an equal share of the budget")),
      init_radius_(params.Real(
          "init_radius", 0, kNonNegative,
          "weights start normal with this expected norm; 0 leaves the network's own")) {}

void HebbianRule::Attach(Network& network) {
  Rule::Attach(network);
  flops_per_image_ = 0;
  for (std::size_t i = 0; i < network.blocks().size(); ++i) {
    PlasticLayer& layer = network.blocks()[i].layer;
    flops_per_image_ += 2.0 * static_cast<double>(layer.weight.numel() * layer.positions);
    // A bias that nobody trains would only shift what units compete with.
    if (layer.bias.defined()) layer.bias.zero_();
    if (init_radius_ == 0) continue;
    at::Tensor weight = at::empty(layer.weight.sizes());
    Stream stream = network.streams().For("weights.hebbian", i);
    stream.FillNormal(weight.data_ptr<float>(), static_cast<std::size_t>(weight.numel()), 0,
                      init_radius_ / std::sqrt(static_cast<double>(layer.fan_in())));
    layer.weight.copy_(weight);
  }
}

double HebbianRule::learn_flops() const { return 2 * flops_per_image_; }

at::Tensor HebbianRule::Scale(const at::Tensor& delta, std::int64_t rows) const {
  if (step_scale_ == "max_abs") return delta / (delta.abs().amax() + 1e-30);
  const auto samples = static_cast<double>(rows);
  if (step_scale_ == "mean") return delta / samples;
  if (step_scale_ == "sqrt_fan_in") {
    return delta / (samples * std::sqrt(static_cast<double>(delta.numel() / delta.size(0))));
  }
  return delta;
}

at::Tensor HebbianRule::Similarity(const at::Tensor& weight) const {
  return p_ == 2 ? weight : weight.sign() * weight.abs().pow(p_ - 1);
}

Proposal HebbianRule::Propose(const PlasticLayer& layer, std::size_t index,
                              const at::Tensor& x) const {
  const at::Tensor padded = layer.Pad(x);
  Proposal proposal;
  proposal.pre_activation = layer.Respond(padded, Similarity(layer.weight));
  const at::Tensor rows = UnitRows(proposal.pre_activation);
  proposal.plasticity =
      Respond({rows, Matrix(layer.weight), layer.bias, index, layer.convolutional});
  proposal.delta = Scale(MergedUpdate(layer, padded, proposal.plasticity), rows.size(0));
  if (proposal.plasticity.bias.defined()) proposal.delta_bias = proposal.plasticity.bias;
  const double rate = AtLayer(learning_rate_, index);
  if (norm_power_ == 0) {
    proposal.rate = at::full({layer.units()}, rate, rows.options());
  } else {
    const at::Tensor norms = Matrix(layer.weight).norm(p_, {1});
    proposal.rate = ((norms - 1).abs() + 1e-10).pow(norm_power_) * rate;
  }
  return proposal;
}

void HebbianRule::Apply(PlasticLayer& layer, const Proposal& proposal) const {
  layer.weight.add_(PerUnit(proposal.rate, layer.weight) * proposal.delta);
  if (proposal.delta_bias.defined()) layer.bias.add_(proposal.rate * proposal.delta_bias);
  if (constraint_ == "unit_norm") {
    const at::Tensor norms = Matrix(layer.weight).norm(p_, {1}).clamp_min(1e-30);
    layer.weight.div_(PerUnit(norms, layer.weight));
  }
}

StepReport HebbianRule::Step(const Batch& batch, const Progress& progress) {
  const at::NoGradGuard no_gradients;
  std::vector<Block>& blocks = network().blocks();
  const auto count = static_cast<std::int64_t>(blocks.size());
  const std::int64_t learning = progress.step * count / progress.steps;  // of a layerwise order
  at::Tensor x = batch.images;
  for (std::int64_t i = 0; i < count; ++i) {
    Block& block = blocks[static_cast<std::size_t>(i)];
    const bool learns = order_ == "simultaneous" || i == learning;
    const at::Tensor seen = block.Before(x, learns);
    at::Tensor
        u;  // what the units pass on: their plain response, whatever similarity they compete with
    if (learns) {
      const Proposal proposal = Propose(block.layer, static_cast<std::size_t>(i), seen);
      u = p_ == 2 ? proposal.pre_activation : block.layer.Forward(seen);
      Apply(block.layer, proposal);
    } else {
      u = block.layer.Forward(seen);
    }
    x = block.Skip(x, block.After(u, learns));
    if (order_ == "layerwise" && i == learning) break;
  }
  const bool whole = order_ == "simultaneous" || learning == count - 1;
  return {.features = whole ? network().Readable(x) : at::Tensor(), .loss = {}};
}

at::Tensor HebbianRule::PerSampleDelta(const PlasticLayer& layer, std::size_t index,
                                       const at::Tensor& x) const {
  const at::NoGradGuard no_gradients;
  const at::Tensor padded = layer.Pad(x);
  const at::Tensor patches = InputRows(layer, padded);                             // [n, in]
  const at::Tensor u = UnitRows(layer.Respond(padded, Similarity(layer.weight)));  // [n, out]
  at::Tensor delta = at::zeros_like(Matrix(layer.weight));
  for (std::int64_t n = 0; n < patches.size(0); ++n) {
    const at::Tensor row = u.slice(0, n, n + 1);
    const Plasticity one =
        Respond({row, Matrix(layer.weight), layer.bias, index, layer.convolutional});
    delta += one.post.t().mm(patches.slice(0, n, n + 1));
    if (one.decay.defined()) delta -= DecayTimesWeight(one.decay, Matrix(layer.weight));
  }
  return Scale(delta, patches.size(0)).view_as(layer.weight);
}

}  // namespace plasticity
