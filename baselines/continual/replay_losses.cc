#include "baselines/continual/replay_losses.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "suite/base/error.h"

namespace plasticity {
namespace {

// The mean cross-entropy of rows `from` to `to` - 1, among `allowed` of their candidates.
at::Tensor LossOfRows(const at::Tensor& scores, const Batch& batch, std::int64_t from,
                      std::int64_t to, const at::Tensor& allowed = {}) {
  Batch rows{.labels = batch.labels.slice(0, from, to), .candidates = batch.candidates};
  if (rows.candidates.defined() && rows.candidates.dim() == 2)
    rows.candidates = rows.candidates.slice(0, from, to);
  if (allowed.defined())
    rows.candidates = rows.candidates.defined() ? rows.candidates.logical_and(allowed) : allowed;
  return Objective::Plain().LabelLoss(scores.slice(0, from, to), rows);
}

}  // namespace

void NeedCarrier(Learner& learner) {
  if (learner.rule_info().trains_head || learner.readout_info().beside) return;
  throw InputError(fmt::format(
      "{} changes what labels ask of scores, and nothing asks while {} learns: the readout {} is "
      "fitted later. Choose one that learns beside it: --readout online.",
      learner.strategy_info().name, learner.rule_info().name, learner.readout_info().name));
}

at::Tensor ClassesAmong(const at::Tensor& labels, std::int64_t classes) {
  return at::zeros({classes}, labels.options().dtype(at::kBool)).index_fill_(0, labels, true);
}

at::Tensor AsPublished(const at::Tensor& of_batch, std::int64_t highest) {
  return of_batch.logical_or(at::arange(of_batch.size(0), of_batch.device()).ge(highest));
}

void AsymmetricObjective::Expect(std::int64_t fresh, const at::Tensor& allowed) {
  fresh_ = fresh;
  allowed_ = allowed;
}

at::Tensor AsymmetricObjective::Loss(const at::Tensor& scores, const Batch& batch) const {
  if (fresh_ == 0) return LabelLoss(scores, batch);
  const std::int64_t n = scores.size(0);
  const at::Tensor fresh = LossOfRows(scores, batch, 0, fresh_, allowed_);
  return n == fresh_ ? fresh : fresh + LossOfRows(scores, batch, fresh_, n);
}

DarkObjective DeclareDark(Params& params, bool labels) {
  static constexpr Named<ScoreDistance> kDistances[] = {
      {"squared_norm", ScoreDistance::kSquaredNorm}, {"mean_square", ScoreDistance::kMeanSquare}};
  const double alpha =
      params.Real("alpha", 0.03, kNonNegative, "weight of remembered images' scores");
  const double beta =
      labels ? params.Real("beta", 1, kNonNegative, "weight of remembered images' labels") : 0;
  return {alpha, beta,
          params.Choice("distance", "squared_norm", kDistances,
                        "of scores: an image's squared distance, or its mean over classes")};
}

void DarkObjective::Expect(std::int64_t fresh, const at::Tensor& kept) {
  fresh_ = fresh;
  kept_ = kept;
  scores_ = at::Tensor();
}

at::Tensor DarkObjective::Loss(const at::Tensor& scores, const Batch& batch) const {
  if (fresh_ == 0) return LabelLoss(scores, batch);
  if (!scores_.defined()) scores_ = scores.detach().slice(0, 0, fresh_).clone();
  at::Tensor loss = LossOfRows(scores, batch, 0, fresh_);
  if (!kept_.defined()) return loss;
  const std::int64_t last = fresh_ + kept_.size(0);
  const at::Tensor square = (scores.slice(0, fresh_, last) - kept_).square();
  loss = loss +
         alpha_ * (distance_ == ScoreDistance::kMeanSquare ? square.mean() : square.sum(1).mean());
  if (last == scores.size(0)) return loss;
  return loss + beta_ * LossOfRows(scores, batch, last, scores.size(0));
}

at::Tensor DarkObjective::TakeScores() {
  fresh_ = 0;
  return std::exchange(scores_, at::Tensor());
}

void BinaryObjective::Expect(const at::Tensor& seen, const at::Tensor& old,
                             const at::Tensor& old_scores) {
  seen_ = seen;
  old_ = old;
  old_scores_ = old_scores;
}

at::Tensor BinaryObjective::Loss(const at::Tensor& scores, const Batch& batch) const {
  if (!seen_.defined()) return LabelLoss(scores, batch);
  at::Tensor targets = at::one_hot(batch.labels, scores.size(1)).to(scores.scalar_type());
  if (old_scores_.defined()) targets = at::where(old_, at::sigmoid(old_scores_), targets);
  const at::Tensor each =
      at::binary_cross_entropy_with_logits(scores, targets, {}, {}, at::Reduction::None);
  if (mean_ == BinaryMean::kImagesAndClasses) return each.mean();
  return each.masked_fill(seen_.logical_not(), 0).sum(1).mean();
}

}  // namespace plasticity
