#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "suite/competition.h"
#include "suite/ops/convolution.h"
#include "suite/rule.h"

namespace plasticity {

/// What a Hebbian rule looks at in one layer. Rows are samples: batch times output positions.
struct Activity {
  const at::Tensor&
      pre_activation;  ///< U [n, out], the rule's similarity of input and weights, bias included
  const at::Tensor& weight;   ///< W [out, in], or [out, in, k, k] where convolutional
  const at::Tensor& bias;     ///< [out], or undefined
  const NamedTensors& state;  ///< what InitialState made, as the step before left it
  std::size_t layer;          ///< 0 for the first
  bool convolutional;         ///< whether rows are an image's output positions, or one an image
};

/// What each unit forgets of its input: R.
enum class Forgets {
  kDecay,       ///< Plasticity::decay
  kUpToItself,  ///< what units up to it explain, the lower triangle of A^T A
  kAll          ///< what all units explain, A^T A
};

/// A Hebbian rule's answer: the change is dW = (A^T X - R W) / m.
struct Plasticity {
  at::Tensor post;                    ///< A [n, out], the post-synaptic factor
  at::Tensor decay;                   ///< R [out] (a diagonal) or [out, out]; undefined for none
  Forgets forgets = Forgets::kDecay;  ///< where it is another, decay is undefined
  at::Tensor mass;  ///< m [out], a sum over samples, such as how often each unit won; 0 counts as
                    ///< 1, undefined as 1
  at::Tensor bias;  ///< change of the bias [out]; undefined for none
  NamedTensors state;  ///< new values of Activity::state; what is not named stays
};

/// A proposed step of one layer.
struct Proposal {
  at::Tensor pre_activation;  ///< U [n, out] or [n, out, h, w]
  at::Tensor response;    ///< what the layer passes on, where computing U gave it; else undefined
  Plasticity plasticity;  ///< what Respond gave
  at::Tensor delta;       ///< [out, in, ...] scaled
  at::Tensor delta_bias;  ///< [out], scaled; undefined for none
  at::Tensor rate;        ///< [out], learning rate per unit
  at::Tensor wins;        ///< [out], share of samples that each unit won; undefined without
                          ///< adaptive thresholds
};

/// A^T X for a layer that saw `padded` and post-synaptic factor `post` [n, out]: shaped as the
/// layer's weight. For a convolution it is the weight gradient of that convolution, so patches are
/// never built (FastHebb's merged form).
at::Tensor PostTimesInput(const PlasticLayer& layer, const at::Tensor& padded,
                          const at::Tensor& post);

/// (A^T X - R W) / m in the merged form.
at::Tensor MergedUpdate(const PlasticLayer& layer, const at::Tensor& padded,
                        const Plasticity& plasticity);

/// The layer's input patches as rows X [n * positions, in], in UnitRows' order. For tests and the
/// per-sample forms.
at::Tensor InputRows(const PlasticLayer& layer, const at::Tensor& padded);

namespace internal {

/// What an input and a layer's weights give.
struct Compared {
  at::Tensor pre_activation;  ///< U [n, out] or [n, out, h, w]
  at::Tensor response;        ///< what the layer passes on, where U gave it; else undefined
};

// What a Hebbian rule's named parts are; the tables from names to them lie beside its constructor.
using RateSchedule = double (*)(const Progress& progress);
using StepScale = void (*)(at::Tensor& delta, std::int64_t rows, double floor);
using InputNorm = at::Tensor (*)(const at::Tensor& x);
using Similarity = Compared (*)(const PlasticLayer& layer, const at::Tensor& padded, double p);
using Constraint = void (*)(at::Tensor& weight, double p);

}  // namespace internal

/// A rule that says what A and R are; the engine does the rest for dense and convolutional layers
/// alike, batched and on any device. What papers add are named parts, all of them parameters here,
/// whose defaults a rule sets in RuleInfo::defaults: input
/// normalisation, similarity, competition, adaptive thresholds, step scaling, norm-dependent rates,
/// schedule, constraint, output, initialisation, training order. (Normalisation and activation
/// between layers belong to the network.)
class HebbianRule : public Rule {
 public:
  /// Declares the parameters of the rule's named parts; `batch_size` is its published one.
  HebbianRule(Params& params, std::int64_t batch_size);

  /// A and R for one layer. RunError names what has another shape or type than Plasticity says.
  virtual Plasticity Respond(const Activity& activity) const = 0;

  /// What layer `index` keeps from step to step, by name: {{"threshold",
  /// at::zeros({layer.units()})}}, tensors of any shape. Respond reads it (Activity::state) and
  /// gives new values (Plasticity::state); the engine puts it on the layer's device, saves and
  /// loads it. Draws come from network().streams().
  virtual NamedTensors InitialState(const PlasticLayer& /*layer*/, std::size_t /*index*/) const {
    return {};
  }

  void Attach(Network& network) override;
  StepReport Learn(const Batch& batch, const Progress& progress) override;
  void Commit(const Progress& progress) override;
  /// That of RateFactor and of the layer whose turn it is.
  std::int64_t Branch(const Progress& progress) const override;
  double learn_flops() const override;
  void Visit(StateVisitor& visitor) override;

  /// What the rule would do to layer `index` for input x, before padding.
  virtual Proposal Propose(const PlasticLayer& layer, std::size_t index, const at::Tensor& x) const;
  /// Carries a proposal out, with rates times `factor`.
  virtual void Apply(PlasticLayer& layer, std::size_t index, const Proposal& proposal,
                     double factor = 1);

  /// The slow twin of Propose().delta: Respond is asked for one sample at a time, patches are
  /// built, and outer products are summed. Equal up to rounding for rules whose A, R and m treat
  /// samples independently.
  at::Tensor PerSampleDelta(const PlasticLayer& layer, std::size_t index,
                            const at::Tensor& x) const;

 protected:
  /// Y [n, out]: the units' activities after the competition that was chosen.
  at::Tensor Compete(const Activity& activity) const {
    return competition_(activity.pre_activation, activity.layer);
  }
  /// The competition between units that was chosen.
  const Competition& competition() const { return competition_; }
  /// What layer `index` keeps, as the step before left it.
  const NamedTensors& state(std::size_t index) const { return state_[index]; }
  /// The exponent of the norm that units are held to or drawn to.
  double p() const { return p_; }

  /// The unscaled change of W, shaped as it: MergedUpdate, unless a rule has another way to it. The
  /// tensor becomes the engine's, which changes it in place.
  virtual at::Tensor Aggregate(const PlasticLayer& layer, const at::Tensor& padded,
                               const Plasticity& plasticity) const;
  /// What rates are multiplied with at this point of the training.
  virtual double RateFactor(const Progress& progress) const;

 private:
  // The one that learns in a layerwise order.
  std::int64_t LayerAt(const Progress& progress) const;
  void Await(const PlasticLayer& layer, std::size_t index, Proposal proposal,
             bool directions_wanted);
  // U of padded input, and what the layer passes on where U gives it; both under its surround.
  internal::Compared Compare(const PlasticLayer& layer, const at::Tensor& padded) const;
  Plasticity Ask(const PlasticLayer& layer, std::size_t index, const at::Tensor& rows) const;

  std::vector<double> learning_rate_;
  internal::RateSchedule schedule_;
  internal::StepScale step_scale_;
  double scale_floor_;
  double norm_power_;
  internal::InputNorm input_norm_;
  internal::Similarity similarity_;
  double p_;
  Competition competition_;
  double threshold_rate_;
  double max_step_;
  internal::Constraint constraint_;
  UnitOutput output_;
  std::string order_;
  double init_radius_;
  std::vector<NamedTensors> state_;                        // a layer
  std::vector<std::pair<std::size_t, Proposal>> pending_;  // by layer, until Commit
  double flops_per_image_ = 0;
};

}  // namespace plasticity
