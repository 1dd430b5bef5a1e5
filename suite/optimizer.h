#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "suite/batch.h"
#include "suite/params.h"
#include "suite/state.h"

namespace plasticity {

struct FactoredGradient;

/// An optimiser's settings.
struct OptimizerConfig {
  std::string kind = "adamw";         ///< adamw, adam (decay added to the gradient) or sgd
  double learning_rate = 1e-3;        ///< step size at the start
  double weight_decay = 0;            ///< pull of all weights to zero
  double momentum = 0.9;              ///< sgd only
  double beta1 = 0.9;                 ///< Adam's, of the mean of gradients
  double beta2 = 0.999;               ///< Adam's, of the mean of squared gradients
  double epsilon = 1e-8;              ///< Adam's, in the denominator
  std::string schedule = "constant";  ///< constant, cosine, steps, halving or tenths: RateAt
  double min_learning_rate = 0;       ///< where the cosine ends

  /// Declares the settings as parameters, with `defaults`.
  static OptimizerConfig Declare(Params& params, const OptimizerConfig& defaults);

  /// The learning rate in force. cosine: min + (lr - min)(1 + cos(pi epoch / epochs))/2, per epoch.
  /// steps: halved at 20, 35, 50, 60, 70, 80 and 90 % of the epochs, SoftHebb's readout schedule.
  /// halving: halved in every epoch of the second half, FastHebb's.
  /// tenths: halved after every tenth of the epochs in the second half (Jimenez Nimmo & Mondragon).
  double RateAt(const Progress& progress) const;
  /// Steps of one branch have the same rate (Rule::Branch).
  std::int64_t Branch(const Progress& progress) const { return BranchOf(RateAt(progress)); }
};

/// Gradient descent over a list of parameters; ATen's fused kernels do the arithmetic. A parameter
/// without a gradient is left alone altogether, weight decay included, as in PyTorch.
class Optimizer {
 public:
  Optimizer() = default;
  /// Makes the parameters ones that gradients train.
  Optimizer(OptimizerConfig config, std::vector<at::Tensor> parameters);

  /// The gradients that the parameters hold, which are cleared; a parameter without one is left
  /// out.
  Update TakeGradients();
  /// One step down the directions, of all parameters or some of them.
  void Step(const Update& update, const Progress& progress);

  /// Whether a step is weight -= rate (direction + decay weight), without memory of earlier ones.
  bool plain() const { return config_.kind == "sgd" && config_.momentum == 0; }
  /// The same step of one weight [out, in] down errors^T inputs. Of a plain one.
  void Step(const at::Tensor& weight, const FactoredGradient& gradient, const Progress& progress);

  /// Momentum and means, by the parameters' order.
  void Visit(StateVisitor& visitor);

 private:
  OptimizerConfig config_;
  std::vector<at::Tensor> parameters_;
  std::unordered_map<const c10::TensorImpl*, std::size_t> index_;  // of each parameter
  std::vector<at::Tensor> first_;   // momentum, or Adam's mean of gradients
  std::vector<at::Tensor> second_;  // Adam's mean of squared gradients
  std::vector<at::Tensor> steps_;   // Adam's count of steps, scalar float32
};

}  // namespace plasticity
