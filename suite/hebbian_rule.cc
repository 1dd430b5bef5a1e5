#include "suite/hebbian_rule.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <cmath>

#include "suite/base/error.h"
#include "suite/ops/activations.h"
#include "suite/ops/explained.h"
#include "suite/ops/matrix_product.h"
#include "suite/ops/sparse_product.h"
#include "suite/ops/unit_weights.h"

namespace plasticity {
namespace {

using internal::Compared;
using internal::Constraint;
using internal::InputNorm;
using internal::RateSchedule;
using internal::Similarity;
using internal::StepScale;

// delta -= R W, in place.
void SubtractDecay(at::Tensor& delta, const Plasticity& plasticity, const at::Tensor& weight) {
  const at::Tensor& decay = plasticity.decay;
  if (plasticity.forgets != Forgets::kDecay) {
    const bool in_order = plasticity.forgets == Forgets::kUpToItself;
    delta.sub_(ShapedAs(weight, Explained(plasticity.post, AsItLies(weight), in_order)));
  } else if (!decay.defined()) {
    return;
  } else if (decay.dim() == 1) {
    delta.addcmul_(PerUnit(decay, weight), weight, -1);
  } else {
    delta.sub_(ShapedAs(weight, MatrixProduct(decay, AsItLies(weight))));
  }
}

// Throws RunError unless what Respond gave under `name` is float32 of one of these shapes.
void Expect(const std::string& name, const at::Tensor& given,
            const std::vector<at::IntArrayRef>& shapes) {
  const auto text = [](at::IntArrayRef shape) {
    return fmt::format("[{}]", fmt::join(shape, ", "));
  };
  if (!given.defined())
    throw RunError(fmt::format("Respond: {} is undefined, want {}", name, text(shapes[0])));
  if (std::find(shapes.begin(), shapes.end(), given.sizes()) == shapes.end()) {
    std::vector<std::string> wanted;
    wanted.reserve(shapes.size());
    for (const at::IntArrayRef shape : shapes) wanted.push_back(text(shape));
    throw RunError(fmt::format("Respond: {} is {}, want {}", name, text(given.sizes()),
                               fmt::join(wanted, " or ")));
  }
  if (given.scalar_type() != at::kFloat)
    throw RunError(fmt::format("Respond: {} is of type {}, want float32", name,
                               at::toString(given.scalar_type())));
}

// Throws RunError where `given` does not fit a layer that looked at rows [n, out].
void Check(const Plasticity& given, const Activity& activity) {
  const at::IntArrayRef rows = activity.pre_activation.sizes();
  const std::int64_t out = rows[1];
  const std::vector<std::int64_t> unit = {out}, square = {out, out};
  Expect("post", given.post, {rows});
  if (given.decay.defined()) Expect("decay", given.decay, {unit, square});
  if (given.decay.defined() && given.forgets != Forgets::kDecay)
    throw RunError("Respond: R is given twice, as a decay and by what units forget");
  if (given.mass.defined()) Expect("mass", given.mass, {unit});
  if (given.bias.defined()) {
    Expect("bias", given.bias, {unit});
    if (!activity.bias.defined()) throw RunError("Respond: bias changes, and the layer has none");
  }
  for (const auto& [name, value] : given.state) {
    const auto kept = activity.state.find(name);
    if (kept == activity.state.end())
      throw RunError(fmt::format("Respond: state '{}' is not among what InitialState makes", name));
    Expect(fmt::format("state '{}'", name), value, {kept->second.sizes()});
  }
}

at::Tensor DividedByMass(const at::Tensor& delta, const at::Tensor& mass) {
  return delta / PerUnit(at::where(mass == 0, 1, mass), delta);
}

// x, or 1 where it is 0.
at::Tensor OrOne(const at::Tensor& x) { return at::where(x == 0, 1, x); }

double Constant(const Progress&) { return 1; }

double Linear(const Progress& progress) {
  return 1 - static_cast<double>(progress.step) / static_cast<double>(progress.steps);
}

void Unscaled(at::Tensor&, std::int64_t, double) {}

void Mean(at::Tensor& delta, std::int64_t rows, double) { delta.div_(static_cast<double>(rows)); }

void ByLargest(at::Tensor& delta, std::int64_t, double floor) {
  const auto [least, most] = at::aminmax(delta);
  delta.div_(at::maximum(most, -least).clamp_min(floor));
}

void BySamplesAndFanIn(at::Tensor& delta, std::int64_t rows, double) {
  const std::int64_t fan_in = delta.numel() / delta.size(0);
  delta.div_(static_cast<double>(rows) * std::sqrt(static_cast<double>(fan_in)));
}

at::Tensor AsItIs(const at::Tensor& x) { return x; }

at::Tensor ToUnitNorm(const at::Tensor& x) {
  std::vector<std::int64_t> per_sample(static_cast<std::size_t>(x.dim()), 1);
  per_sample[0] = -1;
  return x / OrOne(x.flatten(1).norm(2, {1})).view(per_sample);
}

Compared Dot(const PlasticLayer& layer, const at::Tensor& padded, double p) {
  const at::Tensor& w = layer.weight;
  if (p != 2) return {layer.Respond(padded, SignedPower(w, p - 1)), {}};
  const at::Tensor u = layer.Respond(padded, w);
  return {u, layer.output == UnitOutput::kDot ? u : at::Tensor()};
}

// The cosine of inputs and weights, as `changed`, with biases.
Compared Angle(const PlasticLayer& layer, const at::Tensor& padded,
               at::Tensor (*changed)(const at::Tensor& cosine), bool by_place = false) {
  PlasticLayer unbiased = layer;
  unbiased.bias = at::Tensor();
  const at::Tensor direction = layer.Direction(by_place);
  const at::Tensor projection = unbiased.Respond(padded, direction);
  const auto with_bias = [&](const at::Tensor& x) {
    if (!layer.bias.defined()) return x;
    return x + (layer.convolutional ? layer.bias.view({1, -1, 1, 1}) : layer.bias);
  };
  const at::Tensor u = with_bias(changed(projection / OrOne(layer.InputNorms(padded))));
  if (layer.output == UnitOutput::kProjection && !by_place) return {u, with_bias(projection)};
  const UnitOutput same = by_place ? UnitOutput::kCosineByPlace : UnitOutput::kCosine;
  return {u, layer.output == same && changed == AsItIs ? u : at::Tensor()};
}

Compared Cosine(const PlasticLayer& layer, const at::Tensor& padded, double) {
  return Angle(layer, padded, AsItIs);
}

Compared CosineByPlace(const PlasticLayer& layer, const at::Tensor& padded, double) {
  return Angle(layer, padded, AsItIs, /*by_place=*/true);
}

Compared RaisedCosine(const PlasticLayer& layer, const at::Tensor& padded, double) {
  return Angle(layer, padded,
               [](const at::Tensor& cosine) -> at::Tensor { return ((cosine + 1) / 2).square(); });
}

void Free(at::Tensor&, double) {}

void UnitNorm(at::Tensor& weight, double p) {
  weight.div_(PerUnit(UnitNorms(weight, p).clamp_min(1e-30), weight));
}

void MaxNorm(at::Tensor& weight, double p) {
  weight.div_(PerUnit(UnitNorms(weight, p).clamp_min(1), weight));
}

// The parts that have names, each parameter's options.
constexpr Named<RateSchedule> kSchedules[] = {{"constant", Constant}, {"linear", Linear}};
constexpr Named<StepScale> kStepScales[] = {
    {"none", Unscaled}, {"mean", Mean}, {"max_abs", ByLargest}, {"sqrt_fan_in", BySamplesAndFanIn}};
constexpr Named<InputNorm> kInputNorms[] = {
    {"none", AsItIs}, {"unit", ToUnitNorm}, {"standard", SampleNorm}};
constexpr Named<Similarity> kSimilarities[] = {{"dot", Dot},
                                               {"cosine", Cosine},
                                               {"cosine_by_place", CosineByPlace},
                                               {"raised_cosine", RaisedCosine}};
constexpr Named<Constraint> kConstraints[] = {
    {"none", Free}, {"unit_norm", UnitNorm}, {"max_norm", MaxNorm}};
constexpr Named<UnitOutput> kOutputs[] = {{"dot", UnitOutput::kDot},
                                          {"projection", UnitOutput::kProjection},
                                          {"cosine", UnitOutput::kCosine},
                                          {"cosine_by_place", UnitOutput::kCosineByPlace}};

}  // namespace

at::Tensor PostTimesInput(const PlasticLayer& layer, const at::Tensor& padded,
                          const at::Tensor& post) {
  if (IsSparse(post)) {
    return layer.convolutional
               ? SparseConvolutionWeightGradient(padded, post, layer.weight, layer.stride)
               : SparseTransposedProduct(post, padded);
  }
  if (layer.convolutional)
    return ConvolutionWeightGradient(padded, post, layer.weight, layer.stride, layer.precision);
  return Multiplied(layer.precision, MatrixProduct, post.t(), padded);
}

at::Tensor MergedUpdate(const PlasticLayer& layer, const at::Tensor& padded,
                        const Plasticity& plasticity) {
  at::Tensor delta = PostTimesInput(layer, padded, plasticity.post);
  SubtractDecay(delta, plasticity, layer.weight);
  return plasticity.mass.defined() ? DividedByMass(delta, plasticity.mass) : delta;
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
      schedule_(params.Choice("schedule", "constant", kSchedules,
                              "the step size stays, or falls linearly to 0 over the training")),
      step_scale_(params.Choice(
          "step_scale", "mean", kStepScales,
          "dW is divided by: nothing, the number of samples, its largest entry, or samples "
          "times sqrt(fan-in)")),
      scale_floor_(params.Untuned().Real("scale_floor", 1e-30, kPositive,
                                         "the least that step_scale=max_abs divides by")),
      norm_power_(params.Real("norm_power", 0, kNonNegative,
                              "the rate of a unit is scaled by | |w| - 1 | to this power")),
      input_norm_(params.Choice("input_norm", "none", kInputNorms,
                                "what a layer learns from: its input, or that divided by each "
                                "sample's norm, or with mean 0 and deviation 1 per sample")),
      similarity_(params.Choice("similarity", "dot", kSimilarities,
                                "U: w.x + b, the cosine of w and x, that with each place of a "
                                "kernel divided by its own norm, or ((cosine + 1) / 2)^2")),
      p_(params.Untuned().Real(
          "p", 2, Range{.min = 1},
          "Lebesgue exponent: w.x becomes |w|^(p-1) sign(w) . x, and norms are "
          "p-norms")),
      competition_(params),
      threshold_rate_(params.Real("threshold_rate", 0, kNonNegative,
                                  "adaptive thresholds: each step a unit's bias falls by this "
                                  "times (share of samples it won - k / units); 0: none")),
      max_step_(params.Untuned().Real(
          "max_step", 0, kNonNegative,
          "a unit's step is at most this times its norm, or this where that is "
          "below 1; 0: no bound")),
      constraint_(params.Choice("constraint", "none", kConstraints,
                                "after each step, rows are left alone, or scaled to norm 1, or "
                                "only where they are longer")),
      output_(params.Choice("output", "dot", kOutputs,
                            "what units pass on: w.x, w.x / |w|, or a cosine, as in similarity")),
      order_(params.Choice(
          "order", "simultaneous", {"simultaneous", "layerwise"},
          "all layers learn at once, or one after the other with an equal share of the budget")),
      init_radius_(params.Real(
          "init_radius", 0, kNonNegative,
          "weights start normal with this expected norm; 0 leaves the network's own")) {}

void HebbianRule::Attach(Network& network) {
  Rule::Attach(network);
  flops_per_image_ = 0;
  state_.clear();
  for (std::size_t i = 0; i < network.blocks().size(); ++i) {
    PlasticLayer& layer = network.blocks()[i].layer;
    flops_per_image_ += 2.0 * static_cast<double>(layer.weight.numel() * layer.positions);
    NamedTensors& state = state_.emplace_back(InitialState(layer, i));
    for (auto& [name, tensor] : state) tensor = tensor.to(layer.weight.device());
    layer.output = output_;
    // A bias that nobody trains would only shift what units compete with.
    if (layer.bias.defined()) {
      layer.bias.zero_();
    } else if (threshold_rate_ > 0) {
      layer.bias = at::zeros({layer.units()}, layer.weight.options());
    }
    if (init_radius_ == 0) continue;
    at::Tensor weight = at::empty(layer.weight.sizes());
    Stream stream = network.streams().For("weights.hebbian", i);
    stream.FillNormal(weight.data_ptr<float>(), static_cast<std::size_t>(weight.numel()), 0,
                      init_radius_ / std::sqrt(static_cast<double>(layer.fan_in())));
    layer.weight.copy_(weight);
  }
}

void HebbianRule::Visit(StateVisitor& visitor) {
  for (std::size_t i = 0; i < state_.size(); ++i) {
    ScopedVisitor block(visitor, "block" + std::to_string(i + 1));
    VisitTensors(block, state_[i]);
  }
}

double HebbianRule::learn_flops() const { return 2 * flops_per_image_; }

double HebbianRule::RateFactor(const Progress& progress) const { return schedule_(progress); }

at::Tensor HebbianRule::Aggregate(const PlasticLayer& layer, const at::Tensor& padded,
                                  const Plasticity& plasticity) const {
  return MergedUpdate(layer, padded, plasticity);
}

Plasticity HebbianRule::Ask(const PlasticLayer& layer, std::size_t index,
                            const at::Tensor& rows) const {
  const Activity activity{rows,          layer.weight, layer.bias,
                          state_[index], index,        layer.convolutional};
  Plasticity plasticity = Respond(activity);
  Check(plasticity, activity);
  return plasticity;
}

internal::Compared HebbianRule::Compare(const PlasticLayer& layer, const at::Tensor& padded) const {
  Compared compared = similarity_(layer, padded, p_);
  if (!layer.surround.defined()) return compared;
  const bool same = compared.response.is_same(compared.pre_activation);
  compared.pre_activation = layer.Surrounded(compared.pre_activation);
  if (compared.response.defined())
    compared.response = same ? compared.pre_activation : layer.Surrounded(compared.response);
  return compared;
}

Proposal HebbianRule::Propose(const PlasticLayer& layer, std::size_t index,
                              const at::Tensor& x) const {
  const at::Tensor normalized = input_norm_(x);
  const at::Tensor padded = layer.Pad(normalized);
  const Compared compared = Compare(layer, padded);
  const at::Tensor rows = UnitRows(compared.pre_activation);
  Proposal proposal{.pre_activation = compared.pre_activation};
  if (normalized.is_same(x)) proposal.response = compared.response;
  proposal.plasticity = Ask(layer, index, rows);
  proposal.delta = Aggregate(layer, padded, proposal.plasticity);
  step_scale_(proposal.delta, rows.size(0), scale_floor_);
  proposal.delta_bias = proposal.plasticity.bias;
  const at::Tensor& post = proposal.plasticity.post;
  if (threshold_rate_ > 0) proposal.wins = (post > 0).to(post.scalar_type()).mean(0);
  const double rate = AtLayer(learning_rate_, index);
  if (norm_power_ == 0) {
    proposal.rate = at::full({layer.units()}, rate, rows.options());
  } else {
    const at::Tensor norms = UnitNorms(layer.weight, p_);
    proposal.rate = ((norms - 1).abs() + 1e-10).pow(norm_power_) * rate;
  }
  return proposal;
}

void HebbianRule::Apply(PlasticLayer& layer, std::size_t index, const Proposal& proposal,
                        double factor) {
  const at::Tensor rate = proposal.rate * factor;  // [out]
  if (max_step_ == 0) {
    layer.weight.addcmul_(PerUnit(rate, layer.weight), proposal.delta);
  } else {
    const at::Tensor step = PerUnit(rate, layer.weight) * proposal.delta;
    const at::Tensor allowed = max_step_ * UnitNorms(layer.weight).clamp_min(1);  // [out]
    const at::Tensor length = UnitNorms(step).clamp_min(1e-30);                   // [out]
    layer.weight.addcmul_(PerUnit((allowed / length).clamp_max(1), step), step);
  }
  if (proposal.delta_bias.defined()) layer.bias.add_(rate * proposal.delta_bias);
  if (proposal.wins.defined()) {
    const auto target = static_cast<double>(competition_.k(index, layer.units())) /
                        static_cast<double>(layer.units());
    layer.bias.sub_(threshold_rate_ * (proposal.wins - target));
  }
  constraint_(layer.weight, p_);
  for (const auto& [name, value] : proposal.plasticity.state) state_[index].at(name).copy_(value);
}

std::int64_t HebbianRule::LayerAt(const Progress& progress) const {
  return progress.step * static_cast<std::int64_t>(network().blocks().size()) / progress.steps;
}

std::int64_t HebbianRule::Branch(const Progress& progress) const {
  const std::int64_t branch = BranchOf(RateFactor(progress));
  return order_ == "layerwise" ? branch + LayerAt(progress) : branch;
}

StepReport HebbianRule::Learn(const Batch& batch, const Progress& progress) {
  const at::NoGradGuard no_gradients;
  std::vector<Block>& blocks = network().blocks();
  const auto count = static_cast<std::int64_t>(blocks.size());
  const std::int64_t learning = LayerAt(progress);
  update() = {};
  pending_.clear();
  at::Tensor x = batch.images, features;
  for (std::int64_t i = 0; i < count; ++i) {
    Block& block = blocks[static_cast<std::size_t>(i)];
    const bool learns = order_ == "simultaneous" || i == learning;
    const bool last = i == count - 1, read = last && batch.features_wanted;
    const at::Tensor seen = block.Before(x, learns);
    at::Tensor u;  // what the units pass on, whatever similarity they compete with
    if (learns) {
      const auto index = static_cast<std::size_t>(i);
      Proposal proposal = Propose(block.layer, index, seen);
      u = proposal.response;
      Await(block.layer, index, std::move(proposal), batch.directions_wanted);
    }
    const bool ends = last || (order_ == "layerwise" && learns);
    if (ends && !read && !block.keeps_statistics_behind()) break;  // nobody asks for its output
    if (!u.defined()) u = block.layer.Forward(seen);
    x = block.Skip(x, block.After(u, learns));
    if (read) features = network().Readable(x);
    if (ends) break;
  }
  return {.features = features, .loss = {}};
}

// Keeps what Commit needs of a proposal. Its directions go into update() where somebody looks at
// them there.
void HebbianRule::Await(const PlasticLayer& layer, std::size_t index, Proposal proposal,
                        bool directions_wanted) {
  if (directions_wanted) {
    update().Add(layer.weight, proposal.delta.neg_());
    if (proposal.delta_bias.defined()) update().Add(layer.bias, -proposal.delta_bias);
    proposal.delta = at::Tensor();
  }
  proposal.pre_activation = proposal.response = at::Tensor();
  proposal.plasticity.post = proposal.plasticity.decay = at::Tensor();
  pending_.emplace_back(index, std::move(proposal));
}

void HebbianRule::Commit(const Progress& progress) {
  const at::NoGradGuard no_gradients;
  const double factor = RateFactor(progress);
  auto direction = update().directions.begin();
  for (auto& [index, proposal] : pending_) {
    if (!proposal.delta.defined()) {
      proposal.delta = -*direction++;
      if (proposal.delta_bias.defined()) proposal.delta_bias = -*direction++;
    }
    Apply(network().blocks()[index].layer, index, proposal, factor);
  }
  pending_.clear();
}

at::Tensor HebbianRule::PerSampleDelta(const PlasticLayer& layer, std::size_t index,
                                       const at::Tensor& x) const {
  const at::NoGradGuard no_gradients;
  const at::Tensor padded = layer.Pad(input_norm_(x));
  const at::Tensor patches = InputRows(layer, padded);                   // [n, in]
  const at::Tensor u = UnitRows(Compare(layer, padded).pre_activation);  // [n, out]
  const at::Tensor weight = layer.weight.flatten(1);
  at::Tensor delta = at::zeros_like(weight);
  at::Tensor mass;
  for (std::int64_t n = 0; n < patches.size(0); ++n) {
    const Plasticity one = Ask(layer, index, u.slice(0, n, n + 1));
    delta += one.post.t().mm(patches.slice(0, n, n + 1));
    SubtractDecay(delta, one, weight);
    if (one.mass.defined()) mass = mass.defined() ? mass + one.mass : one.mass;
  }
  if (mass.defined()) delta = DividedByMass(delta, mass);
  step_scale_(delta, patches.size(0), scale_floor_);
  return delta.view(layer.weight.sizes());
}

}  // namespace plasticity
