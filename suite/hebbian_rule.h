#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "suite/ops/convolution.h"
#include "suite/rule.h"

namespace plasticity {

/// What a Hebbian rule looks at in one layer. Rows are samples: batch times output positions.
struct Activity {
  const at::Tensor&
      pre_activation;  ///< U [n, out], the rule's similarity of input and weights, bias included
  const at::Tensor& weight;  ///< W [out, in]
  const at::Tensor& bias;    ///< [out], or undefined
  std::size_t layer;         ///< 0 for the first
  bool convolutional;
};

/// A Hebbian rule's answer: the change is dW = A^T X - R W.
struct Plasticity {
  at::Tensor post;   ///< A [n, out], the post-synaptic factor
  at::Tensor decay;  ///< R [out] (a diagonal) or [out, out]; undefined for none
  at::Tensor bias;   ///< change of the bias [out]; undefined for none
};

/// A proposed step of one layer.
struct Proposal {
  at::Tensor pre_activation;  ///< U as the network passes it on: [n, out] or [n, out, h, w]
  Plasticity plasticity;
  at::Tensor delta;       ///< [out, in, ...] scaled
  at::Tensor delta_bias;  ///< [out], scaled; undefined for none
  at::Tensor rate;        ///< [out], learning rate per unit
};

/// A^T X for a layer that saw `padded` and post-synaptic factor `post` [n, out]: shaped as the
/// layer's weight. For a convolution it is the weight gradient of that convolution, so patches are
/// never built (FastHebb's merged form).
at::Tensor PostTimesInput(const PlasticLayer& layer, const at::Tensor& padded,
                          const at::Tensor& post);

/// A^T X - R W in the merged form.
at::Tensor MergedUpdate(const PlasticLayer& layer, const at::Tensor& padded,
                        const Plasticity& plasticity);

/// The layer's input patches as rows X [n * positions, in], in UnitRows' order. For tests and the
/// per-sample twin.
at::Tensor InputRows(const PlasticLayer& layer, const at::Tensor& padded);

/// A rule that says what A and R are; the engine does the rest for dense and convolutional layers
/// alike, batched and on any device. Parts that papers add (step scaling, norm-dependent rates,
/// constraint, initialisation, training order) are parameters here, whose defaults a rule sets with
/// Params::Default before it calls this constructor.
class HebbianRule : public Rule {
 public:
  HebbianRule(Params& params, std::int64_t batch_size);

  /// A and R for one layer.
  virtual Plasticity Respond(const Activity& activity) const = 0;

  /// The weights that U is computed with: W for p = 2, else |w|^(p-1) sign w (Krotov & Hopfield
  /// 2019).
  at::Tensor Similarity(const at::Tensor& weight) const;

  void Attach(Network& network) override;
  StepReport Step(const Batch& batch, const Progress& progress) override;
  double learn_flops() const override;

  /// What the rule would do to `layer` for input x, before padding.
  Proposal Propose(const PlasticLayer& layer, std::size_t index, const at::Tensor& x) const;
  /// Carries a proposal out.
  void Apply(PlasticLayer& layer, const Proposal& proposal) const;

  /// The slow twin of Propose().delta: Respond is asked for one sample at a time, patches are
  /// built, and outer products are summed. Equal up to rounding for rules whose A and R treat
  /// samples independently.
  at::Tensor PerSampleDelta(const PlasticLayer& layer, std::size_t index,
                            const at::Tensor& x) const;

 private:
  at::Tensor Scale(const at::Tensor& delta, std::int64_t rows) const;

  std::vector<double> learning_rate_;
  std::string step_scale_;
  double norm_power_;
  double p_;
  std::string constraint_;
  std::string order_;
  double init_radius_;
  double flops_per_image_ = 0;
};

}  // namespace plasticity
