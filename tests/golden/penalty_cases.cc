#include "tests/golden/penalty_cases.h"

#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <vector>

#include "suite/batch.h"
#include "suite/objective.h"
#include "suite/ops/distillation.h"
#include "suite/ops/importance.h"

namespace plasticity {
namespace {

using Weights = std::vector<at::Tensor>;

const char* const kNames[] = {"l1.weight", "l1.bias", "l2.weight", "l2.bias"};

// Weights of l2(relu(l1(x))), by the inputs' names.
Weights WeightsOf(const Case& given, const std::string& prefix = "") {
  Weights weights;
  for (const char* name : kNames) weights.push_back(given.Input(prefix + name));
  return weights;
}

// The same of one flat vector.
Weights Unflattened(const Case& given, const std::string& name) {
  const auto d = given.Param<std::int64_t>("d"), h = given.Param<std::int64_t>("h"),
             o = given.Param<std::int64_t>("o");
  std::int64_t at = 0;
  Weights weights;
  for (const std::vector<std::int64_t>& shape :
       {std::vector{h, d}, std::vector{h}, std::vector{o, h}, std::vector{o}}) {
    const std::int64_t count = c10::multiply_integers(shape);
    weights.push_back(given.Input(name).slice(0, at, at + count).clone().view(shape));
    at += count;
  }
  return weights;
}

OutputsOf Scores(const Weights& w) {
  return [w](const Batch& batch) {
    return at::linear(at::relu(at::linear(batch.images, w[0], w[1])), w[2], w[3]);
  };
}

at::Tensor Flat(const Weights& tensors) {
  std::vector<at::Tensor> flat;
  for (const at::Tensor& tensor : tensors) flat.push_back(tensor.flatten());
  return at::cat(flat);
}

void Put(Tensors& computed, const std::string& prefix, const Weights& values) {
  for (std::size_t i = 0; i < values.size(); ++i) computed[prefix + "." + kNames[i]] = values[i];
}

std::vector<Quadratic> At(const Weights& importance, const Weights& anchor) {
  std::vector<Quadratic> penalty;
  for (std::size_t i = 0; i < importance.size(); ++i) penalty.push_back({importance[i], anchor[i]});
  return penalty;
}

// What a strategy adds to the directions at `weights`: slope * importance (weight - anchor).
Weights Gradient(const std::vector<Quadratic>& penalty, const Weights& weights, double slope) {
  Weights gradient;
  for (std::size_t i = 0; i < penalty.size(); ++i)
    gradient.push_back(slope * penalty[i].Pull(weights[i]));
  return gradient;
}

// The penalty whose gradient that is.
at::Tensor Value(const std::vector<Quadratic>& penalty, const Weights& weights, double slope) {
  at::Tensor value = at::zeros({});
  const Weights gradient = Gradient(penalty, weights, slope);
  for (std::size_t i = 0; i < penalty.size(); ++i)
    value = value + (gradient[i] * (weights[i] - penalty[i].anchor)).sum() / 2;
  return value;
}

Weights LossGradient(const Weights& weights, const Batch& batch) {
  Weights leaves;
  for (const at::Tensor& weight : weights) leaves.push_back(weight.clone().requires_grad_());
  Objective::Plain().LabelLoss(Scores(leaves)(batch), batch).backward();
  Weights gradients;
  for (const at::Tensor& leaf : leaves) gradients.push_back(leaf.grad());
  return gradients;
}

Weights Renewed(const Weights& held, const Weights& fresh, double held_share, double fresh_share) {
  Weights renewed;
  for (std::size_t i = 0; i < fresh.size(); ++i)
    renewed.push_back(plasticity::Renewed({.importance = held.empty() ? at::Tensor() : held[i]},
                                          {.importance = fresh[i]}, held_share, fresh_share)
                          .importance);
  return renewed;
}

}  // namespace

Tensors EwcCase(const Case& given) {
  const Batch batch{.images = given.Input("x"), .labels = given.Input("y")};
  const Batch next{.images = given.Input("x2"), .labels = given.Input("y2")};
  const Weights start = WeightsOf(given), now = WeightsOf(given, "w_now.");
  const auto strength = given.Param<double>("lambda"), gamma = given.Param<double>("gamma");
  const auto size = given.Param<std::int64_t>("batch_size");
  const auto fisher = [&](FisherKind kind) {
    return FisherDiagonal(Scores(start), start, batch, kind, size);
  };
  Tensors computed;
  Put(computed, "fisher_all", fisher(FisherKind::kModel));
  Put(computed, "fisher_pred", fisher(FisherKind::kPredicted));
  const Weights labels = fisher(FisherKind::kLabel), batches = fisher(FisherKind::kBatch),
                weighted = fisher(FisherKind::kWeighted);
  Put(computed, "fisher_true", labels);
  Put(computed, "fisher_avalanche_batch", batches);
  computed["fisher_mammoth_flat"] = Flat(weighted);
  // Published lambdas as our strength, and the factor of the strategy.
  computed["penalty_half_gamma"] = Value(At(labels, start), now, strength * gamma);
  Put(computed, "penalty_half_gamma_grad", Gradient(At(labels, start), now, strength * gamma));
  computed["penalty_avalanche"] = Value(At(batches, start), now, 2 * strength);
  Put(computed, "penalty_avalanche_grad", Gradient(At(batches, start), now, 2 * strength));
  computed["penalty_mammoth"] = Value(At(weighted, start), now, 2 * strength);
  computed["penalty_mammoth_grad_flat"] = Flat(Gradient(At(weighted, start), now, 2 * strength));
  Put(computed, "fisher_avalanche_online2",
      Renewed(batches, FisherDiagonal(Scores(now), now, next, FisherKind::kBatch, size), gamma, 1));
  return computed;
}

Tensors OnlineEwcCase(const Case& given) {
  const auto strength = given.Param<double>("lambda"), gamma = given.Param<double>("gamma");
  Weights fisher, anchor;
  Tensors computed;
  for (std::int64_t task = 0; task < given.Param<std::int64_t>("tasks"); ++task) {
    const std::string number = std::to_string(task);
    anchor = Unflattened(given, "theta" + number);
    fisher = Renewed(
        fisher,
        FisherDiagonal(Scores(anchor), anchor,
                       {.images = given.Input("x" + number), .labels = given.Input("y" + number)},
                       FisherKind::kWeighted, given.Param<std::int64_t>("batch_size")),
        gamma, 1);
    computed["fisher_after" + number] = Flat(fisher);
  }
  const Weights now = Unflattened(given, "theta_now");
  const Weights pull = Gradient(At(fisher, anchor), now, 2 * strength);
  computed["checkpoint"] = Flat(anchor);
  computed["penalty"] = Value(At(fisher, anchor), now, 2 * strength);
  computed["penalty_grad"] = Flat(pull);
  const Batch batch{.images = given.Input("x_now"), .labels = given.Input("y_now")};
  computed["total_grad"] = Flat(pull) + Flat(LossGradient(now, batch));
  return computed;
}

Tensors SiCase(const Case& given) {
  const Weights start = WeightsOf(given), now = WeightsOf(given, "w_now.");
  const auto rate = given.Param<double>("lr"), xi = given.Param<double>("eps"),
             strength = given.Param<double>("c");
  Weights weights = start, path;
  for (const at::Tensor& weight : start) path.push_back(at::zeros_like(weight));
  for (std::int64_t step = 0; step < given.Param<std::int64_t>("steps"); ++step) {
    const Weights gradients =
        LossGradient(weights, {.images = given.Input("x")[step], .labels = given.Input("y")[step]});
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const at::Tensor after = weights[i] - rate * gradients[i];
      AddToPath(path[i], gradients[i], weights[i], after);
      weights[i] = after;
    }
  }
  Weights importance, cut;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    importance.push_back(PathImportance(path[i], weights[i] - start[i], xi, 0));
    cut.push_back(PathImportance(path[i], weights[i] - start[i], xi, 0.001));
  }
  Tensors computed;
  Put(computed, "path_integral", path);
  Put(computed, "theta_end", weights);
  Put(computed, "omega", importance);
  Put(computed, "omega_avalanche_clipped", cut);
  computed["omega_mammoth_flat"] = Flat(importance);
  computed["surrogate_c"] = Value(At(importance, weights), now, 2 * strength);
  Put(computed, "surrogate_c_grad", Gradient(At(importance, weights), now, 2 * strength));
  return computed;
}

Tensors MasCase(const Case& given) {
  const auto size = given.Param<std::int64_t>("batch_size");
  const auto strength = given.Param<double>("lambda"), alpha = given.Param<double>("alpha");
  const auto after = [&](const std::string& task, const SensitivityOptions& options) {
    const Weights weights = WeightsOf(given, "w" + task + ".");
    return OutputSensitivity(Scores(weights), weights, {.images = given.Input("x" + task)},
                             options);
  };
  const Weights anchor = WeightsOf(given, "w1."), now = WeightsOf(given, "w_now.");
  const SensitivityOptions batches{.batch_size = size};
  const Weights first = after("0", batches), second = after("1", batches);
  const Weights average = Renewed(first, second, alpha, 1 - alpha);
  Tensors computed;
  Put(computed, "avalanche_importance0", first);
  Put(computed, "avalanche_importance_after1", average);
  computed["avalanche_penalty"] = Value(At(average, anchor), now, 2 * strength);
  Put(computed, "avalanche_penalty_grad", Gradient(At(average, anchor), now, 2 * strength));
  Put(computed, "original_importance0", first);
  Put(computed, "original_importance_after1", Renewed(first, second, 1, 1));
  const SensitivityOptions whole{.batch_size = size, .squared = false, .whole_batches = true};
  const Weights half = Renewed({}, after("0", whole), alpha, 1 - alpha);
  const Weights facil = Renewed(half, after("1", whole), alpha, 1 - alpha);
  Put(computed, "facil_importance0", half);
  Put(computed, "facil_importance_after1", facil);
  // Of the trunk alone.
  computed["facil_penalty"] =
      Value({{facil[0], anchor[0]}, {facil[1], anchor[1]}}, {now[0], now[1]}, strength);
  return computed;
}

Tensors DistillationCase(const Case& given) {
  const auto t = given.Param<double>("T");
  const at::Tensor& scores = given.Input("s");
  const at::Tensor all = at::ones({scores.size(1)}, at::kBool);
  const at::Tensor old = at::arange(scores.size(1)).lt(given.Input("t").size(1));
  const at::Tensor teacher =
      at::constant_pad_nd(given.Input("t"), {0, scores.size(1) - given.Input("t").size(1)});
  const auto loss = [&](const at::Tensor& student, const at::Tensor& classes) {
    return DistillationLoss(student, teacher, old, classes, t);
  };
  const auto gradient = [&](const at::Tensor& classes) {
    const at::Tensor leaf = scores.clone().requires_grad_();
    loss(leaf, classes).backward();
    return leaf.grad();
  };
  Tensors computed;
  computed["gmv_kd"] = loss(scores, all);
  computed["gmv_kd_grad"] = gradient(all);
  computed["gmv_kd_T2"] = t * t * computed["gmv_kd"];
  computed["gmv_kd_T2_grad"] = t * t * computed["gmv_kd_grad"];
  computed["mammoth_ce"] = loss(scores, old);
  computed["mammoth_ce_grad"] = gradient(old);
  // A divergence is the cross-entropy less the teacher's own entropy.
  computed["avalanche_kl"] = loss(scores, old) - loss(teacher, old);
  computed["avalanche_kl_grad"] = computed["mammoth_ce_grad"];
  computed["kl_T2_old_classes"] = t * t * computed["avalanche_kl"];
  return computed;
}

}  // namespace plasticity
