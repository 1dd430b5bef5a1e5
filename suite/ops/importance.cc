#include "suite/ops/importance.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "suite/objective.h"

namespace plasticity {
namespace {

// Parameters of which gradients are asked, whether or not something trains them; and a sum of what
// came of them.
class Watched {
 public:
  explicit Watched(const std::vector<at::Tensor>& parameters) : parameters_(parameters) {
    for (at::Tensor& parameter : parameters_) {
      trained_.push_back(parameter.requires_grad());
      sums_.push_back(at::zeros_like(parameter.detach()));
      parameter.requires_grad_();
    }
  }
  ~Watched() {
    for (std::size_t i = 0; i < parameters_.size(); ++i) parameters_[i].requires_grad_(trained_[i]);
  }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  // Adds weight * function(gradient of `value`).
  template <typename Function>
  void Add(const at::Tensor& value, double weight, const Function& function) {
    value.backward({}, true, false, parameters_);
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      at::Tensor& gradient = parameters_[i].mutable_grad();
      if (gradient.defined()) sums_[i].add_(function(gradient), weight);
      gradient = at::Tensor();
    }
  }
  std::vector<at::Tensor> Over(double count) const {
    for (const at::Tensor& sum : sums_) sum.div_(count);
    return sums_;
  }

 private:
  std::vector<at::Tensor> parameters_;
  std::vector<bool> trained_;
  std::vector<at::Tensor> sums_;
};

at::Tensor Squared(const at::Tensor& gradient) { return gradient.square(); }
at::Tensor Absolute(const at::Tensor& gradient) { return gradient.abs(); }

// By class: how much the squared gradient of its log probability counts.
std::vector<double> Weights(const at::Tensor& log_probabilities, std::int64_t label,
                            FisherKind kind) {
  const at::Tensor p = log_probabilities.detach().exp().to(at::kCPU, at::kDouble).contiguous();
  const double* values = p.const_data_ptr<double>();
  if (kind == FisherKind::kModel) return {values, values + p.numel()};
  std::vector<double> weights(static_cast<std::size_t>(p.numel()));
  const auto place = static_cast<std::size_t>(
      kind == FisherKind::kPredicted ? p.argmax().item<std::int64_t>() : label);
  weights[place] = kind == FisherKind::kWeighted ? values[place] : 1;
  return weights;
}

}  // namespace

std::vector<at::Tensor> FisherDiagonal(const OutputsOf& scores_of,
                                       const std::vector<at::Tensor>& parameters,
                                       const Batch& batch, FisherKind kind, std::int64_t batch_size,
                                       double beta) {
  const at::AutoGradMode gradients(true);
  Watched watched(parameters);
  const std::int64_t n = batch.images.size(0), batches = (n + batch_size - 1) / batch_size;
  if (kind == FisherKind::kBatch) {
    for (std::int64_t start = 0; start < n; start += batch_size) {
      const Batch some = Rows(batch, start, std::min(start + batch_size, n));
      watched.Add(Objective::Plain().LabelLoss(beta * scores_of(some), some), 1, Squared);
    }
    return watched.Over(static_cast<double>(batches));
  }
  for (std::int64_t image = 0; image < n; ++image) {
    const Batch one = Rows(batch, image, image + 1);
    const at::Tensor log_p =
        at::log_softmax(AmongCandidates(beta * scores_of(one), one.candidates), 1)[0];  // [classes]
    const std::vector<double> weights = Weights(log_p, one.labels.item<std::int64_t>(), kind);
    for (std::size_t c = 0; c < weights.size(); ++c)
      if (weights[c] > 0) watched.Add(log_p[static_cast<std::int64_t>(c)], weights[c], Squared);
  }
  return watched.Over(
      static_cast<double>(kind == FisherKind::kWeighted ? batches * batch_size : n));
}

std::vector<at::Tensor> OutputSensitivity(const OutputsOf& outputs_of,
                                          const std::vector<at::Tensor>& parameters,
                                          const Batch& batch, const SensitivityOptions& options) {
  const at::AutoGradMode gradients(true);
  Watched watched(parameters);
  const std::int64_t n = batch.images.size(0), size = std::min(options.batch_size, n);
  const std::int64_t end = options.whole_batches ? n / size * size : n;
  for (std::int64_t start = 0; start < end; start += size) {
    const at::Tensor z = outputs_of(Rows(batch, start, std::min(start + size, n)));
    const at::Tensor norm = options.squared ? z.square().sum(1) : at::norm(z, 2, 1);  // [images]
    watched.Add(norm.mean(), 1, Absolute);
  }
  return watched.Over(static_cast<double>((end + size - 1) / size));
}

void AddToPath(at::Tensor& path, const at::Tensor& gradient, const at::Tensor& before,
               const at::Tensor& after) {
  path.addcmul_(gradient, after - before, -1);
}

at::Tensor PathImportance(const at::Tensor& path, const at::Tensor& change, double xi,
                          double most) {
  const at::Tensor importance = path / (change.square() + xi);
  return most > 0 ? importance.clamp_max(most) : importance;
}

at::Tensor Quadratic::Pull(const at::Tensor& weight) const {
  return importance * (weight.detach() - anchor);
}

Quadratic Sum(const Quadratic& a, const Quadratic& b) {
  if (!a.importance.defined()) return b;
  const at::Tensor importance = a.importance + b.importance;
  const at::Tensor share = at::where(importance > 0, b.importance / importance, 1);
  return {.importance = importance, .anchor = a.anchor + share * (b.anchor - a.anchor)};
}

Quadratic Renewed(const Quadratic& held, const Quadratic& fresh, double held_share,
                  double fresh_share) {
  at::Tensor importance = fresh.importance * fresh_share;
  if (held.importance.defined()) importance = importance + held.importance * held_share;
  return {.importance = importance, .anchor = fresh.anchor};
}

}  // namespace plasticity
