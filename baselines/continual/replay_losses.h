#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "suite/learner.h"
#include "suite/objective.h"

namespace plasticity {

/// Throws InputError where nothing would carry a strategy's own objective: a rule that trains no
/// head, with a readout that is fitted after it.
void NeedCarrier(Learner& learner);

/// Classes that occur among labels [n]: bool [classes].
at::Tensor ClassesAmong(const at::Tensor& labels, std::int64_t classes);

/// Which classes ER-ACE's published code lets a new image choose among, besides those of its batch,
/// bool [classes]: the highest class seen so far, and all beyond it.
at::Tensor AsPublished(const at::Tensor& of_batch, std::int64_t highest);

/// ER-ACE's: the mean cross-entropy of the new rows, which come first in a joined batch, among some
/// classes alone, and that of the remembered rows among all their candidates, added up.
class AsymmetricObjective final : public Objective {
 public:
  /// From now on the first `fresh` rows are new, and choose among `allowed`, bool [classes];
  /// undefined: among their candidates. No `fresh` rows: the plain objective.
  void Expect(std::int64_t fresh, const at::Tensor& allowed = {});
  at::Tensor Loss(const at::Tensor& scores, const Batch& batch) const override;

 private:
  std::int64_t fresh_ = 0;
  at::Tensor allowed_;
};

/// How far scores are from those that were kept.
enum class ScoreDistance {
  kSquaredNorm,  ///< an image's squared distance, the mean over images
  kMeanSquare    ///< the mean over images and classes
};

/// DER's and DER++'s: the new rows' mean cross-entropy, which come first in a joined batch; alpha
/// times the distance of the next rows' scores from those that were kept; beta times the last rows'
/// mean cross-entropy.
class DarkObjective final : public Objective {
 public:
  /// With these weights.
  DarkObjective(double alpha, double beta, ScoreDistance distance)
      : alpha_(alpha), beta_(beta), distance_(distance) {}

  /// From now on the first `fresh` rows are new, and for the next ones the scores `kept` [m,
  /// classes] are there, undefined: for none.
  void Expect(std::int64_t fresh, const at::Tensor& kept);
  at::Tensor Loss(const at::Tensor& scores, const Batch& batch) const override;
  /// The new rows' scores [fresh, classes] when they were first looked at since Expect, detached.
  /// From now on the plain objective.
  at::Tensor TakeScores();

 private:
  double alpha_;
  double beta_;
  ScoreDistance distance_;
  std::int64_t fresh_ = 0;
  at::Tensor kept_;
  mutable at::Tensor scores_;  // at the first look
};

/// Declares DER's weight and distance, and with `labels` DER++'s weight of remembered labels.
DarkObjective DeclareDark(Params& params, bool labels);

/// How iCaRL's classes are counted.
enum class BinaryMean {
  kImages,           ///< summed over the classes seen so far, the mean over images
  kImagesAndClasses  ///< the mean over images and all classes, those to come included
};

/// iCaRL's: a binary cross-entropy for each class, whose targets are the labels, and for the
/// classes of earlier experiences what the network answered before this one.
class BinaryObjective final : public Objective {
 public:
  /// With this mean.
  explicit BinaryObjective(BinaryMean mean) : mean_(mean) {}

  /// From now on `seen` and `old`, bool [classes], are the classes so far and those of them that
  /// are targets by `old_scores` [n, classes], undefined where there are none.
  void Expect(const at::Tensor& seen, const at::Tensor& old, const at::Tensor& old_scores);
  /// From now on the plain objective.
  void ExpectNothing() { seen_ = at::Tensor(); }
  at::Tensor Loss(const at::Tensor& scores, const Batch& batch) const override;

 private:
  BinaryMean mean_;
  at::Tensor seen_;
  at::Tensor old_;
  at::Tensor old_scores_;
};

}  // namespace plasticity
