#include "tests/golden/plasticity_cases.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "suite/network.h"
#include "suite/ops/oja_subspace.h"
#include "suite/ops/unit_turnover.h"
#include "suite/optimizer.h"

namespace plasticity {
namespace {

PlasticLayer DenseLayer(const at::Tensor& weight) {
  PlasticLayer layer;
  layer.weight = weight.clone();
  return layer;
}

}  // namespace

Tensors HlopCase(const Case& given) {
  const bool spiking = given.Param<bool>("spiking");
  OjaSubspace::Settings settings{
      .learning_rate = given.Param<double>("lr"),
      .momentum = given.Param<bool>("momentum") ? given.Param<double>("m") : 0,
      .iterations = given.Param<std::int64_t>("iteration"),
      .spike_scale = given.Param<double>("spiking_scale"),
      .time_steps =
          spiking ? static_cast<std::int64_t>(given.Param<double>("spiking_timesteps")) : 0};
  OjaSubspace subspace(settings);
  Tensors computed;
  std::vector<OjaSubspace> grown;
  for (std::size_t part = 0; given.inputs.count(fmt::format("x{}", part)) > 0; ++part) {
    subspace.Grow(given.Input(fmt::format("w{}", part)));
    std::vector<at::Tensor> steps;
    for (const at::Tensor& x : given.Input(fmt::format("x{}", part)).unbind()) {
      subspace.Learn(x);
      steps.push_back(subspace.rows());
    }
    computed[fmt::format("weight_steps{}", part)] = at::stack(steps);
    computed[fmt::format("momentum{}", part)] = subspace.momentum();
    grown.push_back(subspace);
  }
  const at::Tensor& x = given.Input("x_proj");
  const OjaSubspace& first = grown.front();
  computed["y"] = first.Answer(x);
  computed["orth_input"] = first.Without(x);
  computed["projection_sub0"] = x - first.Without(x);
  computed["projection_all"] = x - subspace.Without(x);

  PlasticLayer layer = DenseLayer(given.Input("w_lin"));
  layer.weight.requires_grad_();
  const at::Tensor seen = x.clone().requires_grad_();
  const at::Tensor out = layer.Forward(seen);
  out.backward(given.Input("grad_out"));
  computed["layer_out"] = out.detach();
  computed["layer_grad_input"] = seen.grad();
  // What is spiking projects inputs, of which the weights' gradient is made.
  computed["layer_grad_weight"] = spiking ? given.Input("grad_out").t().mm(first.Without(x))
                                          : first.Projected(layer.weight.grad());
  return computed;
}

namespace {

// Dense layers with an activation between, whose hidden units are replaced; what the published code
// records of it.
class TurnoverRun {
 public:
  explicit TurnoverRun(const Case& given)
      : given_(given),
        layers_(given.Param<std::vector<std::int64_t>>("layers")),
        tanh_(given.Param<std::string>("act") == "tanh"),
        draws_(given.Input("draws").to(at::kDouble).contiguous()) {
    if (given.Param<std::string>("init") != "kaiming") throw Malformed("weights start as kaiming");
    for (std::size_t i = 0; i + 1 < layers_.size(); ++i) {
      weights_.push_back(given.Input(fmt::format("w{}", i)).clone());
      biases_.push_back(given.Input(fmt::format("b{}", i)).clone());
      const double gain = tanh_ ? 5.0 / 3 : std::sqrt(2.0);
      const bool output = i + 2 == layers_.size();
      bounds_.push_back((output ? 1 : gain) * std::sqrt(3 / static_cast<double>(layers_[i])));
      if (!output) turnovers_.emplace_back(Settings(), layers_[i + 1], at::kCPU);
    }
    records_.resize(turnovers_.size());
  }

  Tensors Run() {
    std::vector<at::Tensor> losses;
    for (std::int64_t step = 0; step < given_.Param<std::int64_t>("steps"); ++step) {
      std::vector<at::Tensor> features;
      if (given_.Param<std::string>("mode") == "learn") {
        losses.push_back(Learn(step, features));
      } else {
        for (std::size_t i = 0; i < turnovers_.size(); ++i)
          features.push_back(given_.Input(fmt::format("features{}", i))[step]);
      }
      Turn(features);
    }
    Tensors computed = Recorded();
    if (!losses.empty()) computed["loss_per_step"] = at::stack(losses);
    return computed;
  }

 private:
  struct Record {
    std::vector<at::Tensor> utility, corrected, age, rank, mean;
  };

  UnitTurnover::Settings Settings() const {
    return {.decay = given_.Param<double>("decay_rate"),
            .replacement = given_.Param<double>("replacement_rate"),
            .maturity = given_.Param<std::int64_t>("maturity_threshold"),
            .accumulate = given_.Param<bool>("accumulate"),
            .adaptable = given_.Param<std::string>("util_type") == "adaptable_contribution"};
  }

  // A step of plain descent on the mean squared error; fills in the activations before it.
  at::Tensor Learn(std::int64_t step, std::vector<at::Tensor>& features) {
    std::vector<at::Tensor> parameters = weights_;
    parameters.insert(parameters.end(), biases_.begin(), biases_.end());
    Optimizer optimizer({.kind = "sgd", .learning_rate = given_.Param<double>("lr"), .momentum = 0},
                        parameters);
    at::Tensor x = given_.Input("x")[step];
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      PlasticLayer layer;
      layer.weight = weights_[i];
      layer.bias = biases_[i];
      x = layer.Forward(x);
      if (i + 1 == weights_.size()) break;
      x = tanh_ ? at::tanh(x) : at::relu(x);
      features.push_back(x.detach());
    }
    const at::Tensor loss = at::mse_loss(x, given_.Input("target")[step]);
    loss.backward();
    optimizer.Step(optimizer.TakeGradients(), {});
    return loss.detach();
  }

  void Turn(const std::vector<at::Tensor>& features) {
    const at::NoGradGuard no_gradients;
    const auto draw = [&] { return draws_[used_++].item<double>(); };
    for (std::size_t i = 0; i < turnovers_.size(); ++i)
      turnovers_[i].Observe(features[i], weights_[i], weights_[i + 1]);
    for (std::size_t i = 0; i < turnovers_.size(); ++i) {
      UnitTurnover& turnover = turnovers_[i];
      Record& record = records_[i];
      // The code's utilities are means over weights where ours are sums.
      const auto out = static_cast<double>(layers_[i + 2]), in = static_cast<double>(layers_[i]);
      const double mean = (Settings().adaptable ? in : 1) / out;
      const at::Tensor correction = 1 - at::pow(Settings().decay, turnover.age());
      record.age.push_back(turnover.age().to(at::kLong));
      record.corrected.push_back(turnover.utility() * mean);
      at::Tensor utility = turnover.utility() * correction * mean;
      at::Tensor activity = turnover.mean_activity() * correction;
      at::Tensor rank = at::zeros({layers_[i + 1]}, at::kLong);
      const std::vector<std::int64_t> units = turnover.Expendable(draw);
      for (std::size_t k = 0; k < units.size(); ++k) {
        RenewUnit({weights_[i].detach(), biases_[i].detach(), weights_[i + 1].detach(),
                   biases_[i + 1].detach()},
                  units[k], bounds_[i], 0, draw);
        rank[units[k]] = static_cast<std::int64_t>(k) + 1;
        utility[units[k]] = 0;
        activity[units[k]] = 0;
      }
      if (!units.empty()) turnover.Forget(units);
      record.utility.push_back(utility);
      record.mean.push_back(activity);
      record.rank.push_back(rank);
    }
  }

  Tensors Recorded() const {
    Tensors computed;
    for (std::size_t i = 0; i < records_.size(); ++i) {
      computed[fmt::format("util{}", i)] = at::stack(records_[i].utility);
      computed[fmt::format("bias_corrected_util{}", i)] = at::stack(records_[i].corrected);
      computed[fmt::format("age{}", i)] = at::stack(records_[i].age);
      computed[fmt::format("replaced_rank{}", i)] = at::stack(records_[i].rank);
      computed[fmt::format("mean_feature_act{}", i)] = at::stack(records_[i].mean);
    }
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      computed[fmt::format("w{}_final", i)] = weights_[i].detach();
      computed[fmt::format("b{}_final", i)] = biases_[i].detach();
    }
    computed["draws_used"] = at::scalar_tensor(used_, at::kLong);
    return computed;
  }

  const Case& given_;
  std::vector<std::int64_t> layers_;
  bool tanh_;
  at::Tensor draws_;
  std::int64_t used_ = 0;
  std::vector<at::Tensor> weights_, biases_;
  std::vector<double> bounds_;
  std::vector<UnitTurnover> turnovers_;
  std::vector<Record> records_;
};

}  // namespace

Tensors ContinualBackpropCase(const Case& given) { return TurnoverRun(given).Run(); }

}  // namespace plasticity
